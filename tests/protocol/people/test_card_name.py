"""Names on cards: one form, at most 32 bytes, and nothing that acts on a screen instead of showing."""

import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.card_name import MAX_NAME_BYTES, check_name, fit_name, parse_name

NFD = unicodedata.normalize("NFD", "어머니")


@pytest.mark.parametrize("name", ["", "어머니", "José", "王小明", "Anna-Lena O'Neil", "가" * 10])
def test_ordinary_names_parse_as_they_are(name: str) -> None:
    assert parse_name(name.encode()) == name


@pytest.mark.parametrize(
    "name",
    [
        "a\nb",
        "\x1b[31mred",
        "a\u202eb",  # turns what follows round
        "a\u200bb",  # has no width
        "a\u2028b",
        " a",
        "a ",
        NFD,
        "가" * 11,
        "\ufeffa",
    ],
    ids=ascii,
)
def test_names_that_act_or_have_another_form_are_refused(name: str) -> None:
    with pytest.raises(ProtocolError):
        check_name(name)
    with pytest.raises(ProtocolError):
        parse_name(name.encode())


@given(st.binary(max_size=40))
def test_arbitrary_bytes_are_refused_or_come_back(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert parse_name(data).encode() == data


@given(st.text(max_size=60))
def test_any_text_is_fitted_into_a_name(text: str) -> None:
    name = fit_name(text)
    check_name(name)
    assert fit_name(name) == name


def test_a_fitted_name_ends_with_a_whole_syllable() -> None:
    assert fit_name("할머니" * 9) == ("할머니" * 9)[: MAX_NAME_BYTES // 3]
    assert fit_name("a" * 31 + "e\u0301") == "a" * 31
    assert fit_name("a" * 30 + "e\u0301") == "a" * 30 + "é"
    # A syllable that Unicode has no single sign for stays whole or goes.
    old = "\u1112\u119e\u11ab"  # three signs of three bytes each
    assert fit_name("가" * 8 + old) == "가" * 8
    assert fit_name("가" * 7 + old) == "가" * 7 + old


def test_lines_become_words_and_what_does_not_show_goes() -> None:
    assert fit_name("  어머니\n아버지\t") == "어머니 아버지"
    assert fit_name("\x1b[31ma\u202eb") == "[31mab"
    assert fit_name(NFD) == "어머니"
