"""What may be shown: nothing of a peer's text acts on the terminal, and nothing that is never kept is ever shown."""

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from client_cli.content.text import clean_text
from client_cli.terminal.sanitiser import MAX_MARKS, sanitise

HOSTILE = [
    "\x1b[2J\x1b[H어머니 \x1b]0;title\x07",
    "\x1b]8;;http://example.org\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31mred\x9b0m",
    "\x1bP+q544e\x1b\\",
    "abc\rspoof",
    "a\x08b\x7fc",
    "\u202eevil\u202c \u2066x\u2069 \u200f",
    "zero\u200bwidth\u200d\u2060\ufeff",
    "tag\U000e0041\U000e007f",
    "a" + "\u0301" * 500,
    "line\u2028para\u2029end\x85next",
    "[red]markup[/red] [/] :smile:",
    "\ud800half\udfff",
    "\u3164\uffa0\u115f\u1160",
    "private \ue000 and \U0010ffff",
]


def acts_on_a_terminal(text: str) -> bool:
    return any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_does_nothing_to_the_terminal(text: str) -> None:
    assert not acts_on_a_terminal(sanitise(text))
    assert not acts_on_a_terminal(sanitise(text, lines=True).replace("\n", ""))


@given(st.text(st.characters(exclude_categories=[])))
@example("\x1b[2J")
@example("\u1112\u1161\u11ab")
def test_sanitised_text_is_printable_composed_and_stays_so(text: str) -> None:
    shown = sanitise(text, lines=True)
    assert not acts_on_a_terminal(shown.replace("\n", ""))
    assert unicodedata.is_normalized("NFC", shown)
    assert sanitise(shown, lines=True) == shown
    shown.encode()


@pytest.mark.parametrize(
    "character", "\u034f\u115f\u1160\u17b4\u180b\u180f\u3164\ufe00\ufe0f\uffa0\U000e0100\U000e01ef"
)
def test_what_shows_nothing_is_taken_out(character: str) -> None:
    """Two names that look the same are the same: neither a control nor of a category that says so."""
    assert sanitise(f"어{character}머니") == "어머니"


def test_plain_letters_stay_as_they_are() -> None:
    text = "딸아, 감자를 구워 먹던 날을 기억하지?\n雪 — “снег” ☃ 한글 ㄱㄴㄷ 'quoted'"
    assert sanitise(text, lines=True) == text


def test_decomposed_hangul_is_composed() -> None:
    assert sanitise(unicodedata.normalize("NFD", "어머니")) == "어머니"


def test_combining_marks_do_not_pile_up() -> None:
    assert len(sanitise("e" + "\u0323" * 100)) <= 1 + MAX_MARKS


def test_one_line_text_cannot_begin_another_line() -> None:
    assert "\n" not in sanitise("name\nLetter 9 from mother (met in person)\r\nx\u2028y")


def test_nothing_that_is_never_kept_is_shown() -> None:
    """Every code point: what `content/text.py` takes out shows as nothing, a space, or a mark for what is missing."""
    shown = {
        character
        for character in map(chr, range(sys.maxunicode + 1))
        if clean_text("a" + character + "b") == "ab"
        and sanitise(character) not in {"", " ", "\N{REPLACEMENT CHARACTER}"}
    }
    assert shown == set()


def test_lines_end_alike_where_text_is_kept_and_where_it_is_shown() -> None:
    """A character that ends a line on one of the two sides alone would let a name be two lines on a screen."""
    text = "".join("a" + chr(code) for code in range(sys.maxunicode + 1))
    assert (
        clean_text(text).count("\n")
        == sanitise(text, lines=True).count("\n")
        == len((text + "a").splitlines()) - 1
        == 10
    )
