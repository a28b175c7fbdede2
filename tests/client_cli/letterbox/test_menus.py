"""Numbered menus on a terminal of their own, and the same flow on the full screen."""

import os
import sys
from pathlib import Path

import pytest

from client_cli.letterbox.pages.visit import Visit
from lab.processes.terminals import DELETE, Terminal
from tests.kits.homes import WORDS
from tests.kits.letterboxes import (
    LETTER,
    both_interfaces,
    korean_terminal,
    on_terminal,
    starts_processes,
    visit_with_letters,
)


@pytest.fixture
def visit(memory_path: Path) -> Visit:
    return visit_with_letters(memory_path)


@starts_processes
@both_interfaces
def test_both_interfaces_on_a_terminal_of_80_by_24(visit: Visit, options: tuple[str, ...]) -> None:
    visit.close()
    with on_terminal(visit.home, *options) as box:
        terminal = box.terminal
        box.press("2", until="감자를 구워")
        box.press("3", until="> ")
        terminal.type("보고 싶어요오")
        terminal.wait_for("싶어요오")
        terminal.type(DELETE)
        terminal.type("\r")
        terminal.wait_for("차례를 기다리는 중")
        box.press("0", until="이 편지를 간직할까요")
        box.press("2", until="9번을 누르면")
        for _page in range(2):
            box.press("0", until="")
        assert terminal.wait_end() == 0
        assert LETTER.splitlines()[0] not in terminal.text  # nothing of it stays on the screen
        assert b"\x1b]0;" not in terminal.raw
        assert b"\x1b]2;" not in terminal.raw


@starts_processes
def test_without_textual_the_same_flow_comes_as_menus(visit: Visit) -> None:
    visit.close()
    code = (
        "import sys; sys.modules['textual'] = None\n"
        f"sys.argv = ['sosik', '--home', {os.fspath(visit.home)!r}]\n"
        "from client_cli.__main__ import main\n"
        "main()"
    )
    with Terminal([sys.executable, "-c", code], korean_terminal()) as terminal:
        terminal.wait_for("여는 말")
        terminal.type(WORDS + "\n")
        terminal.wait_for("읽기")
        assert b"\x1b[?1049h" not in terminal.raw
