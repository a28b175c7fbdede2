"""Rosters: permanent numbers, succession, access secrets that follow one another."""

from pathlib import Path

import pytest

from protocol.community.access import unwrap_access
from protocol.community.roster import Roster, check_succession, parse_roster
from protocol.errors import ProtocolError
from protocol.people.certificate import CertificateRevoked, check_certificate, make_certificate, revocation_of
from protocol.primitives.days import day_of
from protocol.primitives.signing import verify_key_of
from protocol.seams import Entropy, SeededEntropy
from relay.core.guard.admission import choose_access
from relay.errors import ConfigProblem, FileProblem, RosterProblem
from relay.home.access_key import read_access
from relay.home.directory import init_relay, load_relay
from relay.home.files import write_private
from relay.operator.roster_maker import NewAccess, add_relays, load_shown, new_community, revoke_helper, sign_next
from tests.kits.shellkit import NOW


@pytest.fixture
def entropy() -> Entropy:
    return SeededEntropy(b"r" * 32)


def _relay(directory: Path, entropy: Entropy, port: int = 1) -> Path:
    init_relay(
        directory,
        host="127.0.0.1",
        port=0,
        tls=True,
        public_url=f"https://127.0.0.1:{port}",
        ordinary_check=False,
        now=NOW,
        entropy=entropy,
    )
    return directory / "relay.card"


@pytest.fixture
def community(tmp_path: Path, entropy: Entropy) -> Path:
    new_community(tmp_path / "family", "우리 가족", {"page_ms": 300_000}, entropy)
    cards = [_relay(tmp_path / f"relay{number}", entropy, 1 + number) for number in range(3)]
    add_relays(tmp_path / "family", cards, guard=False)
    return tmp_path / "family"


def test_first_relay_added_is_the_guard(community: Path, entropy: Entropy) -> None:
    roster = sign_next(community, NewAccess.NONE, NOW, entropy)
    assert roster.numbers == (0, 1, 2)
    assert roster.guards == (0,)
    assert (roster.version, roster.access_epoch, roster.access_box) == (1, 0, b"")
    assert load_shown(community) == roster == load_shown(community / "roster")


def test_named_guards_come_in_their_order(community: Path, tmp_path: Path, entropy: Entropy) -> None:
    add_relays(community, [tmp_path / "relay2" / "relay.card", tmp_path / "relay1" / "relay.card"], guard=True)
    assert sign_next(community, NewAccess.NONE, NOW, entropy).guards == (2, 1)


def test_number_is_kept_by_its_relay_and_never_given_again(community: Path, tmp_path: Path, entropy: Entropy) -> None:
    first = sign_next(community, NewAccess.NONE, NOW, entropy)
    (community / "relays" / "002.card").unlink()
    assert [added.number for added in add_relays(community, [_relay(tmp_path / "fourth", entropy, 9)], False)] == [3]
    again = add_relays(community, [tmp_path / "relay1" / "relay.card"], False)
    assert [(added.number, added.known) for added in again] == [(1, True)]
    second = sign_next(community, NewAccess.NONE, NOW + 86_400, entropy)
    assert second.numbers == (0, 1, 3)
    check_succession(second, first)


def test_access_secret_travels_under_the_one_before(community: Path, entropy: Entropy) -> None:
    sign_next(community, NewAccess.NONE, NOW, entropy)
    old = read_access(community / "access.key").secrets
    second = sign_next(community, NewAccess.TO_HOLDERS, NOW, entropy)
    third = sign_next(community, NewAccess.TO_HOLDERS, NOW, entropy)
    fourth = sign_next(community, NewAccess.NONE, NOW, entropy)
    secrets = read_access(community / "access.key").secrets
    assert set(secrets) == {1, 2}
    assert unwrap_access(second, old[0]) == secrets[1]
    assert unwrap_access(third, secrets[1]) == secrets[2]
    assert (fourth.access_epoch, fourth.access_box) == (2, third.access_box)
    for new, before in ((third, second), (fourth, third)):
        check_succession(new, before)


def test_a_secret_changed_by_hand_opens_under_nothing_and_is_the_only_one_a_relay_takes(
    community: Path, entropy: Entropy
) -> None:
    """Somebody left and kept everything: the secret, and each roster from the board."""
    sign_next(community, NewAccess.NONE, NOW, entropy)
    kept = read_access(community / "access.key").secrets[0]
    followed = sign_next(community, NewAccess.TO_HOLDERS, NOW, entropy)
    kept = unwrap_access(followed, kept)
    by_hand = sign_next(community, NewAccess.BY_HAND, NOW, entropy)
    with pytest.raises(ProtocolError):
        unwrap_access(by_hand, kept)
    held = read_access(community / "access.key").secrets
    assert held[1] == kept
    chosen = choose_access(dict(held), by_hand)
    assert chosen.check(held[2]) == 2
    with pytest.raises(ProtocolError):
        chosen.check(kept)
    after = sign_next(community, NewAccess.TO_HOLDERS, NOW, entropy)
    chosen = choose_access(dict(read_access(community / "access.key").secrets), after)
    assert chosen.check(held[2]) == 2, "members who follow the next one are let in meanwhile"


def test_interrupted_signing_does_not_lose_an_access_secret(community: Path, entropy: Entropy) -> None:
    sign_next(community, NewAccess.NONE, NOW, entropy)
    first = (community / "roster").read_bytes()
    sign_next(community, NewAccess.TO_HOLDERS, NOW, entropy)
    secret = read_access(community / "access.key").secrets[1]
    write_private(community / "roster", first)
    again = sign_next(community, NewAccess.TO_HOLDERS, NOW, entropy)
    assert again.access_epoch == 1
    assert read_access(community / "access.key").secrets[1] == secret


def test_unknown_constant_is_named_and_nothing_is_made(tmp_path: Path, entropy: Entropy) -> None:
    with pytest.raises(ConfigProblem, match="colour"):
        new_community(tmp_path / "family", "n", {"colour": 1}, entropy)
    assert not (tmp_path / "family").exists()


def test_damaged_card_is_not_taken(community: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.card").write_bytes(b"sosik relay card 1\n")
    with pytest.raises(FileProblem, match=r"bad\.card"):
        add_relays(community, [tmp_path / "bad.card"], False)


def test_roster_without_relays_is_not_signed(tmp_path: Path, entropy: Entropy) -> None:
    new_community(tmp_path / "family", "n", {}, entropy)
    with pytest.raises(RosterProblem, match="no relays"):
        sign_next(tmp_path / "family", NewAccess.NONE, NOW, entropy)


def _deploy(community: Path, relay: Path) -> None:
    for name in ("roster", "access.key"):
        write_private(relay / name, (community / name).read_bytes())


def test_relay_finds_its_number_in_the_roster(community: Path, tmp_path: Path, entropy: Entropy) -> None:
    roster = sign_next(community, NewAccess.NONE, NOW, entropy)
    _deploy(community, tmp_path / "relay1")
    loaded = load_relay(tmp_path / "relay1")
    assert loaded.keys.number == 1
    assert isinstance(loaded.roster, Roster)
    assert parse_roster(loaded.roster_bytes, roster.community_key) == roster


def test_relay_that_the_roster_does_not_name_does_not_start(community: Path, tmp_path: Path, entropy: Entropy) -> None:
    sign_next(community, NewAccess.NONE, NOW, entropy)
    _relay(tmp_path / "stranger", entropy, 7)
    with pytest.raises(RosterProblem, match="no roster"):
        load_relay(tmp_path / "stranger")
    _deploy(community, tmp_path / "stranger")
    with pytest.raises(RosterProblem, match="does not name"):
        load_relay(tmp_path / "stranger")


def test_damaged_roster_or_access_file_stops_the_relay(community: Path, tmp_path: Path, entropy: Entropy) -> None:
    sign_next(community, NewAccess.NONE, NOW, entropy)
    relay = tmp_path / "relay0"
    _deploy(community, relay)
    data = bytearray((relay / "roster").read_bytes())
    for at in (0, 63, 64, 200, len(data) - 1):
        changed = bytearray(data)
        changed[at] ^= 1
        write_private(relay / "roster", bytes(changed))
        with pytest.raises(RosterProblem, match="valid"):
            load_relay(relay)
    write_private(relay / "roster", bytes(data))
    for damaged in (b"", b"\1", b"\1\1" + bytes(33), b"\1\2" + bytes(68), b"\2\1" + bytes(34)):
        write_private(relay / "access.key", damaged)
        with pytest.raises(FileProblem, match="damaged"):
            load_relay(relay)


def test_revoked_helper_is_in_every_roster_until_the_certificate_would_have_expired(
    community: Path, tmp_path: Path, entropy: Entropy
) -> None:
    secret = (community / "community.key").read_bytes()
    today = day_of(NOW)
    helper = make_certificate(secret, verify_key_of(b"h" * 32), "온누리", today + 10, entropy)
    (tmp_path / "helper.cert").write_bytes(helper.encode())
    assert sign_next(community, NewAccess.NONE, NOW, entropy).revoked == ()
    assert revoke_helper(community, tmp_path / "helper.cert") == "온누리"
    revoke_helper(community, tmp_path / "helper.cert")
    roster = sign_next(community, NewAccess.NONE, NOW, entropy)
    assert roster.revoked == (revocation_of(helper),)
    with pytest.raises(CertificateRevoked):
        check_certificate(helper, roster, today)
    add_relays(community, [tmp_path / "relay1" / "relay.card"], guard=False)
    assert sign_next(community, NewAccess.NONE, NOW + 9 * 86_400, entropy).revoked == roster.revoked
    assert sign_next(community, NewAccess.NONE, NOW + 11 * 86_400, entropy).revoked == ()


def test_only_a_certificate_can_be_revoked(community: Path, tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(FileProblem, match="no helper's certificate"):
        revoke_helper(community, tmp_path / "junk")
