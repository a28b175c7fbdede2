"""`sosik restore`: people are there again; whatever is wrong with the file is one sentence and a code."""

from pathlib import Path

import pytest

from client_cli.errors import ExitCode
from tests.client_cli.commands.test_backup import NEW, backup
from tests.kits.commandline import CommandLine, invite, meet


@pytest.fixture
def elsewhere(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    return CommandLine(capsys, tmp_path / "elsewhere", NEW)


def test_people_are_there_again_and_what_is_missing_is_said(
    mother: CommandLine, daughter: CommandLine, elsewhere: CommandLine, tmp_path: Path
) -> None:
    mother.good("join", invite(mother, tmp_path), "--yes")
    meet(mother, daughter, tmp_path)
    assert backup(mother, tmp_path / "people").code == 0
    said = elsewhere.good("restore", tmp_path / "people")
    assert len(said.splitlines()) >= 5
    assert "딸" in elsewhere.good("people")
    assert "기다리는 집" in elsewhere.good("status")
    again = elsewhere("restore", tmp_path / "people")
    assert (again.code, len(again.err.splitlines())) == (ExitCode.REFUSED, 1)


def test_what_is_wrong_with_the_file_is_one_sentence(
    mother: CommandLine, elsewhere: CommandLine, tmp_path: Path
) -> None:
    assert backup(mother, tmp_path / "people").code == 0
    whole = (tmp_path / "people").read_bytes()
    (tmp_path / "cut").write_bytes(whole[:-100])
    (tmp_path / "other").write_bytes(b"%PDF-1.7" + whole[8:])
    (tmp_path / "newer").write_bytes(whole[:8] + b"\7" + whole[9:])
    for name, code in (("cut", ExitCode.DAMAGED), ("other", ExitCode.REFUSED), ("newer", ExitCode.REFUSED)):
        ran = elsewhere("restore", tmp_path / name)
        assert (ran.code, len(ran.err.splitlines())) == (code, 1), name
    elsewhere.words = "다른 네 개의 말"
    assert elsewhere("restore", tmp_path / "people").code == ExitCode.WRONG_WORDS
    assert elsewhere("restore", tmp_path / "nothing").code == ExitCode.USAGE
    assert not elsewhere.home.exists()
