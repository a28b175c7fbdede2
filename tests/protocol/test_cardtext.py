"""Typed cards: whatever is mistyped, left out or doubled is named by the number of its line."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.cardtext import ALPHABET, LINE_BYTES, MAX_LINES, CardLineError, parse_lines, to_lines
from protocol.errors import ProtocolError
from protocol.keycard import CardKind, encode_card, make_card, parse_card
from protocol.seams import SeededEntropy

CARD = make_card(CardKind.MEET, "엄마", 20_700, SeededEntropy(b"typed cards".ljust(32))).card
LINES = to_lines(encode_card(CARD))


def line_of(lines: list[str]) -> int:
    with pytest.raises(CardLineError) as refused:
        parse_lines(lines)
    return refused.value.line


@given(st.binary(min_size=1, max_size=LINE_BYTES * 7))
def test_bytes_come_back_from_their_lines(data: bytes) -> None:
    assert parse_lines(to_lines(data)) == data


def test_a_card_is_short_enough_to_type() -> None:
    assert parse_card(parse_lines(LINES)) == CARD
    assert len(LINES) <= 12
    assert all(len(line) <= 36 for line in LINES)


def test_case_spaces_dashes_and_look_alikes_do_not_matter() -> None:
    full_width = [line.translate({ord(c): ord(c) + 0xFEE0 for c in ALPHABET}) for line in LINES]
    for typed in (
        [line.lower() for line in LINES],
        [line.replace(" ", "") for line in LINES],
        [line.replace(" ", " - ") for line in LINES],
        [line.replace("0", "O").replace("1", "l") for line in LINES],
        [line.replace("0", "o").replace("1", "I") for line in LINES],
        full_width,
        ["", *[f"  {line}\n" for line in LINES], " "],
        LINES[::-1],
    ):
        assert parse_lines(typed) == encode_card(CARD)


@given(st.integers(0, len(LINES) - 1), st.data())
def test_a_mistyped_character_is_found_in_its_line(number: int, data: st.DataObject) -> None:
    """All but one in 1024 such slips; the checksum of the card catches the rest."""
    places = [at for at, char in enumerate(LINES[number]) if at > 2 and char != " "]
    at = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([char for char in ALPHABET if char != LINES[number][at]]))
    lines = [*LINES]
    lines[number] = lines[number][:at] + other + lines[number][at + 1 :]
    with pytest.raises(ProtocolError) as refused:
        parse_card(parse_lines(lines))
    assert not isinstance(refused.value, CardLineError) or refused.value.line == number + 1


@pytest.mark.parametrize("number", range(len(LINES)))
def test_a_missing_or_doubled_line_is_named(number: int) -> None:
    assert line_of(LINES[:number] + LINES[number + 1 :]) == number + 1
    assert line_of([*LINES, LINES[number]]) == number + 1


def test_the_lowest_wrong_line_is_named() -> None:
    lines = [line[:-1] if number in (3, 5) else line for number, line in enumerate(LINES)]
    assert line_of(lines) == 4


def test_a_line_without_a_readable_number_is_named_by_its_place() -> None:
    assert line_of([LINES[0], "엄마에게", *LINES[2:]]) == 2
    assert line_of([LINES[0], LINES[1][3:].replace("1", "Z"), *LINES[2:]]) == 2


def test_a_line_of_another_card_after_the_last_is_named() -> None:
    assert line_of([*to_lines(b"short"), LINES[4]]) == 5


def test_nothing_is_line_one_missing() -> None:
    assert line_of([]) == 1
    assert line_of([" ", ""]) == 1


@given(st.lists(st.text(max_size=40), max_size=5))
def test_arbitrary_lines_only_raise_protocol_error(lines: list[str]) -> None:
    with contextlib.suppress(ProtocolError):
        parse_lines(lines)


def test_too_many_lines_are_refused() -> None:
    assert parse_lines(to_lines(bytes(LINE_BYTES * MAX_LINES))) == bytes(LINE_BYTES * MAX_LINES)
    with pytest.raises(ProtocolError):
        parse_lines([LINES[0]] * 1000)
    for size in (0, LINE_BYTES * MAX_LINES + 1):
        with pytest.raises(ValueError, match="type"):
            to_lines(bytes(size))
