"""Text of people: no control character passes, and nothing else is changed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_cli.content.text import clean_line, clean_text, comparable

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(st.text())
def test_no_control_passes_and_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert unicodedata.normalize("NFC", cleaned) == cleaned
    for char in cleaned:
        assert unicodedata.bidirectional(char) not in BIDI
        assert unicodedata.category(char) not in ("Cc", "Cs") or char in "\n\t"


@given(st.text())
def test_line_stays_a_line(text: str) -> None:
    assert len(clean_line(text).splitlines()) <= 1
    assert clean_line(text) == clean_line(text).strip()


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("안녕하세요, 어머니!\n잘 지내요.", "안녕하세요, 어머니!\n잘 지내요."),
        ("\u1112\u1161\u11ab", "한"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\x1b[2J\x9b31m빨강", "[2J31m빨강"),
        ("\u202eabc\u2066d\u2069", "abcd"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\t들여쓰기", "\t들여쓰기"),
    ],
)
def test_text_is_kept_as_written_but_for_controls(given_text: str, kept: str) -> None:
    assert clean_text(given_text) == kept


def test_names_are_compared_without_case_and_width() -> None:
    assert comparable(" ＡNNA\u200e  lee ") == comparable("Anna Lee")
    assert comparable("언니") != comparable("언냐")
