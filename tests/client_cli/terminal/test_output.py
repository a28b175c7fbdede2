"""What people see: nothing of a peer's text acts on the terminal, and widths are right."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from client_cli.terminal import output
from client_cli.terminal.output import MAX_MARKS, columns, sanitise, wrap

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


def test_plain_letters_stay_as_they_are() -> None:
    text = "딸아, 감자를 구워 먹던 날을 기억하지?\n雪 — “снег” ☃ 한글 ㄱㄴㄷ 'quoted'"
    assert sanitise(text, lines=True) == text


def test_decomposed_hangul_is_composed() -> None:
    assert sanitise(unicodedata.normalize("NFD", "어머니")) == "어머니"


def test_combining_marks_do_not_pile_up() -> None:
    assert len(sanitise("e" + "\u0323" * 100)) <= 1 + MAX_MARKS


def test_one_line_text_cannot_begin_another_line() -> None:
    assert "\n" not in sanitise("name\nLetter 9 from mother (met in person)\r\nx\u2028y")


def test_a_letter_cannot_imitate_a_line_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    output.letter("hello\nLetter 2 from 어머니 (met in person)\n\rstart")
    assert all(line.startswith("  ") for line in capsys.readouterr().out.splitlines())


def test_values_in_sentences_and_tables_are_sanitised(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31mred\x1b[0m [bold]x[/bold]\u202e"
    output.say("name: {name}", name=hostile)
    output.table(["name"], [[hostile]])
    printed = capsys.readouterr()
    assert not acts_on_a_terminal(printed.out.replace("\n", ""))
    assert "[bold]x[/bold]" in printed.out


def test_braces_in_a_value_are_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("name: {name}", name="{0.__class__}")
    assert capsys.readouterr().out == "name: {0.__class__}\n"


def test_json_for_scripts_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    output.data({"name": "어머니\x1b\x9b\u202e"})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert "\x1b" not in printed


@given(st.text(st.sampled_from("가나 ab雪\n한글")), st.integers(min_value=2, max_value=40))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    rows = wrap(text, width)
    assert all(columns(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "").replace("\n", "")


def test_no_colours_without_a_terminal() -> None:
    assert not output.colours()


def test_progress_is_one_plain_line_each_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = output.ProgressLine()
    progress.show("{number} exchanges", number=1)
    progress.show("{number} exchanges", number=1)
    progress.show("{number} exchanges", number=2)
    progress.close()
    assert capsys.readouterr().err == "1 exchanges\n2 exchanges\n"


def test_tables_line_up_by_display_width(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["이름", "state"], [["어머니", "a"], ["Mother", "b"], ["雪", "c"]])
    rows = capsys.readouterr().out.splitlines()
    assert [columns(row[: row.index(mark)]) for row, mark in zip(rows[2:], "abc", strict=True)] == [8, 8, 8]
