"""A relay's directory: made whole, read only when it is whole and its owner's alone."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.primitives.hybrid_box import HYBRID_SECRET_BYTES, HybridKey, kem_hash
from relay.core.clock import check_validity
from relay.errors import ClockProblem, ConfigProblem, FileProblem, RelayError, RosterProblem
from relay.home.card import parse_card
from relay.home.config import load_config
from relay.home.directory import init_relay, load_relay, read_roster
from relay.home.files import write_private
from relay.home.tls import ORDINARY_CHECK, pin_of_file
from tests.kits.relaykit import Ready, make_relay
from tests.kits.world import START, seeded


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """A relay of a community of one; tests that change something take a copy."""
    return make_relay(tmp_path_factory.mktemp("made"), {})


@pytest.fixture
def relay(made: Ready, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.directory, tmp_path / "relay"))


def test_what_was_made_is_loaded_and_fits_together(made: Ready) -> None:
    loaded = load_relay(made.directory)
    entry = loaded.roster.relay(loaded.keys.number)
    card = parse_card((made.directory / "relay.card").read_bytes())
    assert loaded.roster == made.roster
    door = HybridKey.of(loaded.keys.door_secret).public
    assert (entry.door, entry.door_kem) == (card.door, card.door_kem) == (door.curve, kem_hash(door.kem))
    assert entry.tls_pin == card.tls_pin == pin_of_file(made.directory / "tls.crt")
    assert entry.url == card.url == f"https://127.0.0.1:1{load_config(made.directory).listen.path}"
    assert set(loaded.access.secrets) == {0}


def test_everything_is_its_owners_alone(made: Ready) -> None:
    paths = [made.directory, *made.directory.iterdir()]
    assert [path.name for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_a_secret_path_has_144_bits_of_what_is_drawn(tmp_path: Path) -> None:
    urls = [
        init_relay(
            tmp_path / name, host="127.0.0.1", port=1, tls=True, public_url="https://relay.example.org/",
            ordinary_check=True, now=START, entropy=seeded(name),
        )
        for name in ("one", "two")
    ]  # fmt: skip
    assert [len(url) for url in urls] == [len("https://relay.example.org/") + 24] * 2
    assert urls[0] != urls[1]
    assert parse_card((tmp_path / "one" / "relay.card").read_bytes()).tls_pin == ORDINARY_CHECK


def remove(name: str) -> Callable[[Path], None]:
    return lambda relay: (relay / name).unlink()


def put(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda relay: write_private(relay / name, data)


@pytest.mark.parametrize(
    ("spoil", "kind", "words"),
    [
        (remove("relay.toml"), ConfigProblem, "sosik-relay init"),
        (remove("identity.key"), FileProblem, "identity.key"),
        (put("identity.key", b"short"), FileProblem, "not 32"),
        (put("door.key", b"short"), FileProblem, f"not {HYBRID_SECRET_BYTES}"),
        (put("identity.key", bytes(32)), RosterProblem, "does not name this relay"),
        (put("door.key", bytes([1]) * HYBRID_SECRET_BYTES), RosterProblem, "another door key"),
        (remove("roster"), RosterProblem, "has no roster"),
        (put("roster", b"x" * 200), RosterProblem, "not a valid roster"),
        (remove("access.key"), FileProblem, "access.key"),
        (lambda relay: (relay / "tls.key").chmod(0o644), FileProblem, "chmod 600"),
        (lambda relay: relay.chmod(0o750), FileProblem, "chmod 700"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_told(
    relay: Path, spoil: Callable[[Path], None], kind: type[RelayError], words: str
) -> None:
    load_relay(relay)
    spoil(relay)
    with pytest.raises(kind, match=words):
        load_relay(relay)


def test_a_changed_roster_is_not_read(relay: Path) -> None:
    data, roster = read_roster(relay / "roster")
    assert roster.relays
    write_private(relay / "roster", data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(RosterProblem, match="not a valid roster"):
        read_roster(relay / "roster")


def test_a_clock_before_the_roster_and_a_day_after_it_are_refused(made: Ready) -> None:
    first, last = made.roster.issued_day * 86_400.0, (made.roster.expires_day + 1) * 86_400.0
    check_validity(made.roster, first)
    check_validity(made.roster, last - 1)
    with pytest.raises(ClockProblem, match="set the clock"):
        check_validity(made.roster, first - 1)
    with pytest.raises(RosterProblem, match="has expired"):
        check_validity(made.roster, last)
