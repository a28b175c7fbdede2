"""`sosik` without a command."""

import os
from pathlib import Path

import pytest


def test_without_a_terminal_the_help_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from client_cli.__main__ import run

    assert run(["--home", os.fspath(tmp_path)]) == 0
    assert "setup" in capsys.readouterr().out
