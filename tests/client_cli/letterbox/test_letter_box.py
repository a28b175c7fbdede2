"""The letter box: its pages, the full screen by textual's pilot, and the menus on a terminal of their own."""

import os
import sys
import unicodedata
from pathlib import Path

import pytest
from textual.widgets import Input, Static, TextArea

from client_cli.inbox import reading as inbox
from client_cli.letterbox.full_screen import LetterBox
from client_cli.letterbox.pages.start import begin
from client_cli.letterbox.pages.visit import IDLE_S, AskKind, Visit
from client_cli.outbox import letters as outbox
from client_cli.terminal.layout import columns
from client_cli.vault.vault import vault_exists
from lab.processes.terminals import DELETE, Terminal
from tests.kits.homes import WORDS
from tests.kits.letterboxes import (
    LETTER,
    FixedClock,
    both_interfaces,
    give_portrait,
    korean_terminal,
    on_terminal,
    put_letter,
    shown,
    starts_processes,
    visit_of,
    visit_with_letters,
)

CHOSEN = "감자 옥수수 맷돌 외양간"


@pytest.fixture
def visit(memory_path: Path) -> Visit:
    return visit_with_letters(memory_path)


def drawn(app: LetterBox) -> str:
    return "\n".join(str(app.query_one(name, Static).render()) for name in ("#title", "#shown", "#notice", "#choices"))


def test_a_letter_that_was_left_is_erased_and_a_kept_one_stays(memory_path: Path) -> None:
    visit = visit_with_letters(memory_path, 2)
    visit.press("2")
    assert "감자를 구워" in shown(visit)
    visit.press("1")
    assert len(inbox.kept(visit.opened)) == 1
    visit.press("0")
    assert inbox.unread(visit.opened) == []
    visit.press("1")
    assert "감자를 구워" in shown(visit)


def test_a_letter_is_read_answered_and_still_there_until_it_is_left(visit: Visit) -> None:
    visit.press("2")
    visit.press("3")
    visit.enter("저도 보고 싶어요")
    assert "감자를 구워" in shown(visit)
    assert len(outbox.letters(visit.opened, visit.now())) == 1
    assert len(inbox.unread(visit.opened)) == 1
    visit.press("0")
    assert inbox.unread(visit.opened) == []


def test_the_fixed_line_stands_under_every_letter(visit: Visit) -> None:
    visit.press("2")
    assert shown(visit).splitlines()[-1].startswith("돈이나 만남, 여행")


def test_no_line_of_a_letter_can_pass_for_one_of_ours(visit: Visit) -> None:
    visit.press("2")
    lines = shown(visit).splitlines()
    assert all(line.startswith("│ ") for line in lines if "감자" in line or "보고 싶다" in line)


def test_nobody_there_closes_the_letters(visit: Visit) -> None:
    visit.first = lambda visit: visit_of(visit.home).view()
    visit.touch()
    assert isinstance(visit.clock, FixedClock)
    visit.clock.time += IDLE_S - 1
    assert not visit.idle()
    visit.clock.time += 1
    assert visit.idle()
    visit.lock()
    assert visit.vault is None


def test_what_cannot_be_taken_stands_there_again(visit: Visit) -> None:
    visit.press("3")
    visit.enter("가" * 400_000)
    ask = visit.view().ask
    assert ask is not None
    assert ask.kind is AskKind.LINE
    assert visit.draft.startswith("가가")
    assert visit.notice


def test_first_run_leads_from_language_to_the_invitation(memory_path: Path) -> None:
    visit = visit_of(memory_path / "home")
    begin(visit, "en")
    assert "한국어" in [choice.label for choice in visit.view().choices]
    visit.press("1")
    visit.press("2")
    visit.enter("짧다")
    assert visit.notice.startswith("너무 짧")
    for typed in (CHOSEN, "다른 말입니다 정말로", CHOSEN, CHOSEN):
        visit.enter(typed)
    assert vault_exists(visit.home)
    assert "초대장" in visit.view().title
    visit.close()


def test_large_text_has_room_and_is_remembered(visit: Visit) -> None:
    visit.press("2")
    usual = len(shown(visit).splitlines())
    visit.turn_large()
    assert len(shown(visit).splitlines()) > usual
    again = visit_of(visit.home, visit.opened)
    assert again.large
    assert all(columns(line) <= 44 for line in shown(visit).splitlines())


def test_every_page_has_help_and_a_way_back(visit: Visit) -> None:
    visit.restart(visit.pages[0])
    for keys in (
        ["1"],
        ["1", "1"],
        ["1", "2"],
        ["1", "3"],
        ["1", "4"],
        ["1", "5"],
        ["1", "6"],
        ["1", "7"],
        ["6"],
        ["7"],
    ):
        visit.restart(visit.pages[0])
        for key in keys:
            visit.press(key)
        visit.press("?")
        assert visit.view().title == "도움말"
        visit.press("0")
        visit.press("0")
        assert len(visit.pages) == len(keys)


async def test_the_full_screen_is_worked_by_number_keys(memory_path: Path) -> None:
    visit = visit_with_letters(memory_path)
    give_portrait(visit.opened, "어머니", memory_path)
    app = LetterBox(visit)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "▀" in drawn(app)
        await pilot.press("2")
        assert "감자를 구워" in drawn(app)
        await pilot.press("3")
        line = app.query_one("#line", Input)
        assert line.has_focus
        line.value = "3시에 만나요"
        await pilot.press("enter")
        assert "차례를 기다리는 중" in drawn(app)
        await pilot.press("?")
        assert "도움말" in drawn(app)
        await pilot.press("escape", "escape", "escape")
        assert "8" in drawn(app)
    assert [letter.parts for letter in outbox.letters(visit.opened, visit.now())] == [1]


async def test_hangul_is_composed_and_erased_by_syllable_on_the_full_screen(visit: Visit) -> None:
    app = LetterBox(visit)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        line = app.query_one("#line", Input)
        line.insert_text_at_cursor(unicodedata.normalize("NFD", "어머니"))
        await pilot.pause()
        assert line.value == "어머니"
        await pilot.press("backspace")
        assert line.value == "어머"
        await pilot.press("escape", "4")
        area = app.query_one("#letter", TextArea)
        area.insert(unicodedata.normalize("NFD", "감자를"))
        await pilot.pause()
        await pilot.press("backspace")
        assert area.text == "감자"


async def test_a_letter_of_several_lines_ends_with_a_full_stop_and_is_asked_about(visit: Visit) -> None:
    app = LetterBox(visit)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4", "a", "enter", "2", "enter", ".", "enter")
        await pilot.pause()
        assert "a" in drawn(app)
        await pilot.press("2")
        assert app.query_one("#letter", TextArea).text == "a\n2"
        await pilot.press("escape", "1")
        assert len(outbox.letters(visit.opened, visit.now())) == 1


async def test_opening_words_are_hidden_until_tab_shows_them(visit: Visit) -> None:
    home = visit.home
    visit.close()
    fresh = visit_of(home)
    begin(fresh, "ko")
    app = LetterBox(fresh)
    async with app.run_test(size=(80, 24)) as pilot:
        line = app.query_one("#line", Input)
        hidden = [line.password]
        await pilot.press("tab")
        hidden.append(line.password)
        assert hidden == [True, False]
        line.value = "아닌 말입니다 정말로"
        await pilot.press("enter")
        assert "여는 말이 아닙니다" in drawn(app)
        line.value = WORDS
        await pilot.press("enter")
        assert "어머니" in drawn(app)
    fresh.close()


async def test_a_long_letter_is_moved_with_the_arrows(memory_path: Path) -> None:
    visit = visit_with_letters(memory_path, 0)
    put_letter(visit.opened, 1, "긴 편지\n" * 60)
    app = LetterBox(visit)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2", "pagedown", "down")
        assert app.query_one("#body").scroll_y > 10
        await pilot.press("up", "home")
        assert app.query_one("#body").scroll_y == 0


async def test_large_text_shows_one_thing_on_a_screen(memory_path: Path) -> None:
    visit = visit_with_letters(memory_path)
    give_portrait(visit.opened, "어머니", memory_path)
    visit.turn_large()
    app = LetterBox(visit)
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.query_one("#body").display
        assert "읽기" not in str(app.query_one("#choices", Static).render())
        await pilot.press("space")
        assert not app.query_one("#body").display
        assert "읽기" in str(app.query_one("#choices", Static).render())
        await pilot.press("2")
        assert "감자를" in drawn(app)


@pytest.mark.parametrize("width", [40, 80])
async def test_nothing_is_wider_than_the_screen(visit: Visit, width: int) -> None:
    app = LetterBox(visit)
    async with app.run_test(size=(width, 24)) as pilot:
        for key in ("2", "0", "1", "0", "0", "7", "0", "9", "?"):
            await pilot.press(key)
            assert all(columns(line) <= width for line in drawn(app).splitlines()), key


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
        for _page in range(3):
            box.press("0", until="")
        assert terminal.wait_end() == 0
        assert LETTER.splitlines()[0] not in terminal.text  # nothing of it stays on the screen
        assert b"\x1b]0;" not in terminal.raw
        assert b"\x1b]2;" not in terminal.raw


def test_without_a_terminal_the_help_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from client_cli.__main__ import run

    assert run(["--home", os.fspath(tmp_path)]) == 0
    assert "setup" in capsys.readouterr().out


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


@starts_processes
def test_no_color_shows_portraits_in_shades(visit: Visit, memory_path: Path) -> None:
    give_portrait(visit.opened, "어머니", memory_path)
    visit.close()
    with on_terminal(visit.home, until="▒", NO_COLOR="1") as box:
        assert b"38;2;" not in box.terminal.raw
