"""The full screen, by textual's pilot: number keys, Hangul, long letters, large text."""

import unicodedata
from pathlib import Path

import pytest
from textual.widgets import Input, Static, TextArea

from client_cli.letterbox.full_screen import LetterBox
from client_cli.letterbox.pages.start import begin
from client_cli.letterbox.pages.visit import Visit
from client_cli.outbox import letters as outbox
from client_cli.terminal.layout import columns
from tests.kits.homes import WORDS
from tests.kits.letterboxes import (
    give_portrait,
    on_terminal,
    put_letter,
    starts_processes,
    visit_of,
    visit_with_letters,
)


@pytest.fixture
def visit(memory_path: Path) -> Visit:
    return visit_with_letters(memory_path)


def drawn(app: LetterBox) -> str:
    return "\n".join(str(app.query_one(name, Static).render()) for name in ("#title", "#shown", "#notice", "#choices"))


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
        await pilot.press("escape", "escape", "2", "escape")
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
        await pilot.press("escape", "escape", "4")
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


@pytest.mark.parametrize("leaving", ["escape", "ctrl+c"])
@pytest.mark.parametrize(("key", "text"), [("3", "가을에 만나요"), ("4", "가을\n겨울")])
async def test_what_was_typed_is_not_lost_by_escape_or_by_the_key_that_copies_elsewhere(
    visit: Visit, key: str, text: str, leaving: str
) -> None:
    app = LetterBox(visit)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        line, letter = app.query_one("#line", Input), app.query_one("#letter", TextArea)
        line.value = text if key == "3" else ""
        letter.load_text(text if key == "4" else "")
        await pilot.press(leaving)
        assert app.is_running
        assert text.split()[0] in (drawn(app) if key == "4" else line.value)
        if key == "3":
            await pilot.press(leaving)
            assert line.value == ""
        assert letters_of(visit) == 0


def letters_of(visit: Visit) -> int:
    return len(outbox.letters(visit.opened, visit.now()))


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


async def test_long_choices_stand_one_on_a_line_and_short_ones_beside_each_other(memory_path: Path) -> None:
    app = LetterBox(visit_with_letters(memory_path, 2))
    async with app.run_test(size=(80, 24)) as pilot:
        choices = app.query_one("#choices", Static)
        assert len(str(choices.render()).splitlines()) < 5
        await pilot.press("2")
        lines = str(choices.render()).splitlines()
        assert [line[:2] for line in lines] == ["1 ", "2 ", "3 ", "6 ", "0 ", "? "]


@pytest.mark.parametrize("width", [40, 80])
async def test_nothing_is_wider_than_the_screen(visit: Visit, width: int) -> None:
    app = LetterBox(visit)
    async with app.run_test(size=(width, 24)) as pilot:
        for key in ("2", "0", "1", "0", "0", "7", "0", "9", "?"):
            await pilot.press(key)
            assert all(columns(line) <= width for line in drawn(app).splitlines()), key


@starts_processes
def test_no_color_shows_portraits_in_shades(visit: Visit, memory_path: Path) -> None:
    give_portrait(visit.opened, "어머니", memory_path)
    visit.close()
    with on_terminal(visit.home, until="▒", NO_COLOR="1") as box:
        assert b"38;2;" not in box.terminal.raw
