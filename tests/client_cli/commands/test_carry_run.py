"""`sosik carry run`, on a computer without a vault: what got no answer is named, and has an exit code of its own."""

import socket
from pathlib import Path

import pytest

from client_cli.courier.bundle_file import Address, read_answers, write_address, write_bundle
from client_cli.errors import ExitCode
from protocol.sizes import REQUEST_BYTES
from tests.kits.commandline import CommandLine


@pytest.fixture
def courier(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    """With a bundle of four blocks, for a post box that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    write_bundle([bytes([number]) * REQUEST_BYTES for number in range(4)], tmp_path / "bundle")
    write_address(Address(f"https://127.0.0.1:{port}/{'p' * 22}", bytes(32)), tmp_path / "bundle.address")
    return CommandLine(capsys, tmp_path / "nobody")


def test_blocks_without_an_answer_are_named_and_nothing_is_lost(courier: CommandLine, tmp_path: Path) -> None:
    ran = courier.bare("carry", "run", tmp_path / "bundle", tmp_path / "answers", "--wait", "0")
    assert ran.code == ExitCode.SOME_MISSING
    assert "1-4" in ran.err
    assert read_answers(tmp_path / "answers").blocks == ()
    assert not courier.home.exists()


def test_without_the_address_nothing_is_posted(courier: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "bundle.address").unlink()
    assert courier.bare("carry", "run", tmp_path / "bundle", tmp_path / "answers").code == ExitCode.REFUSED
    assert not (tmp_path / "answers").exists()
