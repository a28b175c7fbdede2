"""`sosik carry unpack`: what is not ours is counted, and what did not come is an exit code of its own."""

from pathlib import Path

import pytest

from client_cli.courier.bundle_file import ANSWER_BYTES, answer_file
from client_cli.errors import ExitCode
from tests.kits.commandline import CommandLine, invite


@pytest.fixture
def answers(mother: CommandLine, tmp_path: Path) -> Path:
    """Two blocks that belong to nobody here."""
    mother.good("join", invite(mother, tmp_path), "--yes")
    with answer_file(tmp_path / "answers") as writing:
        for number in (1, 2):
            writing.add(bytes([number]) * ANSWER_BYTES)
    return tmp_path / "answers"


def test_blocks_of_strangers_are_counted_and_change_nothing(mother: CommandLine, answers: Path) -> None:
    for _ in range(2):
        ran = mother("carry", "unpack", answers)
        assert ran.code == ExitCode.SOME_MISSING
        assert "2" in ran.err


def test_a_file_that_is_cut_short_says_where(mother: CommandLine, answers: Path) -> None:
    answers.write_bytes(answers.read_bytes()[:-1])
    ran = mother("carry", "unpack", answers)
    assert ran.code == ExitCode.SOME_MISSING
    assert len(ran.err.splitlines()) == 2


def test_what_is_no_file_of_answers_is_refused(mother: CommandLine, answers: Path) -> None:
    answers.write_bytes(b"")
    assert mother("carry", "unpack", answers).code in {ExitCode.REFUSED, ExitCode.SOME_MISSING}
    assert mother("carry", "unpack", answers.with_name("nothing")).code == ExitCode.REFUSED
