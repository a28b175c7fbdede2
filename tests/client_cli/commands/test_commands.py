"""Errors of all commands: one sentence, and a documented exit code."""

from pathlib import Path

import pytest

from tests.kits.commandline import CommandLine


def test_errors_are_one_sentence_with_a_documented_exit_code(
    mother: CommandLine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = CommandLine(capsys, mother.home, "not these words")
    nowhere = CommandLine(capsys, tmp_path / "nowhere")
    for ran, code in (
        (wrong("letters"), 3),
        (nowhere("letters"), 4),
        (nowhere("lock"), 4),
        (mother("setup", "--language", "ko", "--profile", "standard"), 1),
        (mother("write", "nobody", tmp_path / "x"), 1),
        (mother("online"), 8),
        (mother("sync"), 8),
        (mother("join", tmp_path / "missing.png"), 1),
        (mother("write"), 2),
    ):
        assert ran.code == code, ran
        assert not ran.out
        assert "Traceback" not in ran.err
        assert code == 2 or len(ran.err.splitlines()) == 1
