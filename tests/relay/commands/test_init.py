"""`sosik-relay init` makes a relay that is its owner's alone, and nothing where it may not."""

import stat
from pathlib import Path

from tests.kits.operators import call, well


def test_everything_made_is_its_owners_alone(relay: Path) -> None:
    for path in [relay, relay.parent / "family", *relay.iterdir(), *(relay.parent / "family").rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_init_refuses_a_directory_in_use_and_changes_nothing(relay: Path) -> None:
    before = {path.name: path.read_bytes() for path in relay.iterdir()}
    result = call("init", relay)
    assert (result.exit_code, "not empty" in result.output) == (4, True)
    assert {path.name: path.read_bytes() for path in relay.iterdir()} == before


def test_init_refuses_plain_http_in_public(tmp_path: Path) -> None:
    result = call("init", tmp_path / "relay", "--no-tls", "--public-url", "http://relay.example.org")
    assert result.exit_code == 3
    assert not (tmp_path / "relay").exists()


def test_secret_path_differs_from_relay_to_relay(tmp_path: Path) -> None:
    well("init", tmp_path / "a")
    well("init", tmp_path / "b")
    assert (tmp_path / "a" / "relay.toml").read_text() != (tmp_path / "b" / "relay.toml").read_text()
