"""Typed cards: whatever is mistyped, left out or doubled is named by the number of its line."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.key_card import CardKind, encode_card, make_card, parse_card
from protocol.people.typed_card import ALPHABET, LINE_BYTES, MAX_LINES, CardLineError, parse_lines, to_lines
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
def test_one_or_two_mistyped_characters_are_found(number: int, data: st.DataObject) -> None:
    """One in its own line; two, too, unless they make it the last but one (one in 1000)."""
    lines, line = [*LINES], [*LINES[number]]
    places = [at for at, char in enumerate(line) if at > 2 and char != " "]
    mistyped = data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=2, unique=True))
    for at in mistyped:
        line[at] = data.draw(st.sampled_from([char for char in ALPHABET if char != line[at]]))
    lines[number] = "".join(line)
    assert line_of(lines) in ([number + 1] if len(mistyped) == 1 else [number + 1, number + 2])


@given(st.integers(0, len(LINES) - 1), st.data())
def test_characters_that_changed_places_are_found_in_their_line(number: int, data: st.DataObject) -> None:
    lines, line = [*LINES], [*LINES[number]]
    one, other = data.draw(st.lists(st.integers(3, len(line) - 1), min_size=2, max_size=2, unique=True))
    if line[one] == line[other] or " " in (line[one], line[other]):
        return
    line[one], line[other] = line[other], line[one]
    lines[number] = "".join(line)
    assert line_of(lines) == number + 1


@given(st.integers(0, len(LINES) - 1), st.integers(0, 1), st.integers(0, 9))
def test_a_mistyped_line_number_is_found(number: int, place: int, digit: int) -> None:
    line = [*LINES[number]]
    if line[place] == str(digit):
        return
    line[place] = str(digit)
    with pytest.raises(CardLineError):
        parse_lines([*LINES[:number], "".join(line), *LINES[number + 1 :]])


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
