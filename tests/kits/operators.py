"""Commands of an operator, run in this process, and a relay made by them."""

import os
from pathlib import Path

from click.testing import CliRunner, Result

from relay.cli import main


def call(*arguments: object) -> Result:
    """Run `sosik-relay ARGUMENTS`."""
    before = os.umask(0o022)
    try:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])
    finally:
        os.umask(before)


def well(*arguments: object) -> str:
    """Run one that has to succeed; what it printed."""
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def make_relay_by_commands(tmp_path: Path) -> Path:
    """A relay of a community of one, ready to run on a free port."""
    well("init", tmp_path / "relay", "--port", "0")
    well("roster", "new", tmp_path / "family", "--name", "우리")
    well("roster", "add", tmp_path / "family", tmp_path / "relay" / "relay.card")
    well("roster", "sign", tmp_path / "family")
    deploy(tmp_path / "family", tmp_path / "relay")
    return tmp_path / "relay"


def deploy(community: Path, relay: Path) -> None:
    """Copy what the roster maker hands out into a relay's directory."""
    for name in ("roster", "access.key"):
        (relay / name).write_bytes((community / name).read_bytes())
        (relay / name).chmod(0o600)


def add_an_unknown_key(relay: Path) -> None:
    """Spoil a relay's settings."""
    (relay / "relay.toml").write_text((relay / "relay.toml").read_text() + "colour = 1\n")
