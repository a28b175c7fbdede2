"""The operator's commands: one sentence and a documented code for whatever is wrong."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from relay.cli import main
from relay.errors import ConfigProblem


def _call(*arguments: object) -> Result:
    before = os.umask(0o022)
    try:
        return CliRunner().invoke(main, [str(argument) for argument in arguments])
    finally:
        os.umask(before)


def _well(*arguments: object) -> str:
    result = _call(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def relay(tmp_path: Path) -> Path:
    """A relay of a community of one, ready to run on a free port."""
    _well("init", tmp_path / "relay", "--port", "0")
    _well("roster", "new", tmp_path / "family", "--name", "우리")
    _well("roster", "add", tmp_path / "family", tmp_path / "relay" / "relay.card")
    _well("roster", "sign", tmp_path / "family")
    _deploy(tmp_path / "family", tmp_path / "relay")
    return tmp_path / "relay"


def _deploy(community: Path, relay: Path) -> None:
    for name in ("roster", "access.key"):
        (relay / name).write_bytes((community / name).read_bytes())
        (relay / name).chmod(0o600)


def _commands(group: click.Group, prefix: Sequence[str] = ()) -> list[list[str]]:
    found = []
    for name, command in group.commands.items():
        path = [*prefix, name]
        found.append(path)
        if isinstance(command, click.Group):
            found += _commands(command, path)
    return found


@pytest.mark.parametrize("path", [[], *_commands(main)], ids=" ".join)
def test_every_command_explains_itself_with_an_example(path: list[str]) -> None:
    output = _well(*path, "--help")
    assert "Example:" in output
    assert "sosik-relay " + " ".join(path[:1]) in output


def test_everything_made_is_its_owners_alone(relay: Path) -> None:
    for path in [relay, relay.parent / "family", *relay.iterdir(), *(relay.parent / "family").rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_init_refuses_a_directory_in_use_and_changes_nothing(relay: Path) -> None:
    before = {path.name: path.read_bytes() for path in relay.iterdir()}
    result = _call("init", relay)
    assert (result.exit_code, "not empty" in result.output) == (4, True)
    assert {path.name: path.read_bytes() for path in relay.iterdir()} == before


def test_init_refuses_plain_http_in_public(tmp_path: Path) -> None:
    result = _call("init", tmp_path / "relay", "--no-tls", "--public-url", "http://relay.example.org")
    assert result.exit_code == 3
    assert not (tmp_path / "relay").exists()


def test_secret_path_differs_from_relay_to_relay(tmp_path: Path) -> None:
    _well("init", tmp_path / "a")
    _well("init", tmp_path / "b")
    assert (tmp_path / "a" / "relay.toml").read_text() != (tmp_path / "b" / "relay.toml").read_text()


def test_roster_is_shown_in_words_and_for_scripts(relay: Path) -> None:
    words = _well("roster", "show", relay)
    assert "우리: roster version 1" in words
    assert "relay 0, guard: https://127.0.0.1:8443/" in words
    shown = json.loads(_well("roster", "show", relay / "roster", "--json"))
    assert (shown["name"], shown["guards"], len(shown["relays"])) == ("우리", [0], 1)
    assert shown["constants"]["answer_ms"] == 250


def test_constants_come_from_a_file_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    constants = tmp_path / "constants.toml"
    constants.write_text("standard_slot_ms = 110000\ncolour = 1\n")
    result = _call("roster", "new", tmp_path / "family", "--name", "n", "--constants", constants)
    assert (result.exit_code, "colour" in result.output) == (3, True)
    constants.write_text("standard_slot_ms = 110000\n")
    _well("roster", "new", tmp_path / "family", "--name", "n", "--constants", constants)
    _well("init", tmp_path / "relay")
    _well("roster", "add", tmp_path / "family", tmp_path / "relay" / "relay.card")
    _well("roster", "sign", tmp_path / "family")
    assert "constants that differ: standard_slot_ms = 110000" in _well("roster", "show", tmp_path / "family")


def test_new_access_needs_no_more_than_an_option(relay: Path) -> None:
    assert "version 2" in _well("roster", "sign", relay.parent / "family", "--new-access")


def test_doctor_finds_a_whole_relay_well(relay: Path) -> None:
    assert "TROUBLE" not in _well("doctor", relay)
    findings = json.loads(_well("doctor", relay, "--json"))
    assert {finding["code"] for finding in findings} == {0}
    assert len(findings) == 6


def _unknown_key(relay: Path) -> None:
    (relay / "relay.toml").write_text((relay / "relay.toml").read_text() + "colour = 1\n")


def _wrong_certificate(relay: Path) -> None:
    _well("init", relay.parent / "other")
    (relay / "tls.crt").write_bytes((relay.parent / "other" / "tls.crt").read_bytes())


def _broken_store(relay: Path) -> None:
    (relay / "relay.db").write_bytes(b"SQLite format 3\0" + bytes(5000))
    (relay / "relay.db").chmod(0o600)


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (_unknown_key, 3, "unknown key log.colour"),
        (lambda relay: (relay / "identity.key").chmod(0o644), 4, "chmod 600"),
        (lambda relay: (relay / "door.key").unlink(), 4, "door.key"),
        (_wrong_certificate, 4, "not the certificate the roster pins"),
        (lambda relay: (relay / "roster").unlink(), 5, "no roster"),
        (_broken_store, 9, "damaged"),
    ],
)
def test_doctor_names_the_trouble(relay: Path, spoil, code: int, words: str) -> None:  # type: ignore[no-untyped-def]
    spoil(relay)
    result = _call("doctor", relay)
    assert (result.exit_code, words in result.output) == (code, True), result.output


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (_unknown_key, 3, "unknown key log.colour"),
        (lambda relay: (relay / "relay.toml").unlink(), 3, "sosik-relay init"),
        (lambda relay: relay.chmod(0o755), 4, "chmod 700"),
        (lambda relay: (relay / "access.key").chmod(0o640), 4, "chmod 600"),
        (lambda relay: (relay / "roster").unlink(), 5, "no roster"),
        (lambda relay: (relay / "roster").write_bytes(b"x" * 200), 5, "not a valid roster"),
    ],
)
def test_run_ends_with_a_sentence_and_a_code(relay: Path, spoil, code: int, words: str) -> None:  # type: ignore[no-untyped-def]
    spoil(relay)
    result = _call("run", relay)
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert "Traceback" not in result.output


def test_the_code_says_it_where_the_sentence_cannot_be_written(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "relay", "run", tmp_path], stderr=full, check=False)
    assert done.returncode == ConfigProblem.exit_code
