"""Letters arrive whole, once and in order, whatever cells do."""

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.letters.assembler import LATE_HELD, LATE_LETTERS, Assembled, Assembler
from protocol.letters.letter import (
    FRAGMENT_BYTES,
    LETTERS_AHEAD,
    MAX_LETTER_NUMBER,
    MAX_PARTS,
    PARTS_AHEAD,
    Fragment,
    split,
)


def one_fragment(number: int, data: bytes = b"word") -> Fragment:
    return split(data, number)[0]


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.sets(st.integers(1, 20), max_size=4))
def test_letters_are_delivered_once_and_in_order(seed: int, expired: set[int]) -> None:
    """Duplicates, any order, a reload after every cell; expired letters are skipped, whole ones never."""
    rng = random.Random(seed)
    letters = {number: bytes([number]) * rng.choice([1, FRAGMENT_BYTES, 2 * FRAGMENT_BYTES]) for number in range(1, 21)}
    cells = [fragment for number, letter in letters.items() for fragment in split(letter, number)]
    cells = [cell for cell in cells if cell.letter not in expired or rng.random() < 0.5]
    cells += rng.sample(cells, len(cells) // 3)
    rng.shuffle(cells)
    assembler, got, skipped = Assembler(), list[tuple[int, bytes]](), list[int]()

    def take(done: Assembled) -> None:
        got.extend(done.letters)
        skipped.extend(number for numbers in done.skipped for number in numbers)

    for cell in cells:
        take(assembler.receive(1, cell))
        kept = assembler.encode()
        assembler = Assembler.decode(kept)
        assert assembler.encode() == kept
    take(assembler.receive(21, None))
    assert [number for number, _ in got] == sorted(set(letters) - set(skipped))
    assert set(skipped) <= expired
    assert all(letters[number] == letter for number, letter in got)
    assert assembler.receive(21, None) == Assembled()
    assert assembler.next_letter == 21


def test_letters_that_wait_are_delivered_when_the_gap_is_given_up() -> None:
    assembler = Assembler()
    assert assembler.receive(1, one_fragment(2)) == Assembled()
    assert assembler.receive(1, Fragment(4, 0, 2, bytes(FRAGMENT_BYTES))) == Assembled()
    done = assembler.receive(5, one_fragment(6))
    assert done.letters == ((2, b"word"),)
    assert done.skipped == (range(1, 2), range(3, 5))
    assert assembler.receive(5, one_fragment(5)).letters == ((5, b"word"), (6, b"word"))


def test_a_letter_that_was_passed_over_is_late_and_comes_once() -> None:
    """Its first part came before, its second after the sender had ended it; reloaded in between."""
    assembler = Assembler()
    first, last = split(bytes(FRAGMENT_BYTES + 1), 1)
    assembler.receive(1, first)
    assert assembler.receive(3, one_fragment(3)).skipped == (range(1, 3),)
    assembler = Assembler.decode(assembler.encode())
    done = assembler.receive(1, last)
    assert (done.late, done.letters) == (((1, bytes(FRAGMENT_BYTES + 1)),), ())
    assembler = Assembler.decode(assembler.encode())
    assert assembler.receive(1, last) == Assembled()
    assert assembler.receive(1, one_fragment(2)).late == ((2, b"word"),)


def test_what_was_forgotten_is_refused_and_so_never_acknowledged() -> None:
    assembler = Assembler()
    first, last = split(bytes(FRAGMENT_BYTES + 1), 1)
    assembler.receive(1, first)
    assembler.receive(5, None)
    assert assembler.turn(2900, 2898) == Assembled()
    assert assembler.turn(2903, 2901) == Assembled()
    assert [number for number, _, _ in assembler.progress()] == [1], "its sender may be an epoch ahead"
    assembler.turn(2904, 2902)
    assert assembler.progress() == ()
    for late in (last, one_fragment(4)):
        with pytest.raises(ProtocolError):
            assembler.receive(1, late)
    for number in (5, 5 + LATE_LETTERS):
        assembler.receive(number + 1, None)
    with pytest.raises(ProtocolError):
        assembler.receive(1, one_fragment(5))
    assert assembler.receive(1, one_fragment(6)).late == ((6, b"word"),)


def test_late_letters_that_are_not_whole_push_out_the_lowest() -> None:
    assembler = Assembler()
    for number in range(1, 2 * LATE_HELD):
        assembler.receive(number, Fragment(number, 0, 2, bytes(FRAGMENT_BYTES)))
    assembler.receive(2 * LATE_HELD, None)
    assert [number for number, _, _ in assembler.progress()] == list(range(LATE_HELD, 2 * LATE_HELD))
    with pytest.raises(ProtocolError):
        assembler.receive(1, Fragment(LATE_HELD - 1, 1, 2, b"word"))


def test_whole_letters_that_waited_an_epoch_are_delivered_and_those_before_come_late() -> None:
    assembler = Assembler()
    for number in (2, 4):
        assembler.receive(1, one_fragment(number))
    assert assembler.turn(2900, 2898) == Assembled()
    done = Assembler.decode(assembler.encode()).turn(2901, 2899)
    assert (done.letters, done.late) == (((2, b"word"), (4, b"word")), ())
    assert done.skipped == (range(1, 2), range(3, 4))
    for epoch in (2910, 2920, 2930):
        assembler.turn(epoch, epoch - 2)  # their sender has not ended them: they are not forgotten
    assert assembler.receive(1, one_fragment(3)).late == ((3, b"word"),)


def test_a_peer_that_names_any_number_costs_nothing() -> None:
    assembler = Assembler()
    assembler.receive(1, one_fragment(3))
    done = assembler.receive(MAX_LETTER_NUMBER, None)
    assert done.letters == ((3, b"word"),)
    assert done.skipped == (range(1, 3), range(4, MAX_LETTER_NUMBER))
    assert Assembler.decode(assembler.encode()).next_letter == MAX_LETTER_NUMBER


def test_what_a_hostile_peer_can_make_us_hold_is_bounded() -> None:
    assembler = Assembler()
    for number in range(2, 2 + 80):
        with contextlib.suppress(ProtocolError):
            for part in range(MAX_PARTS - 1):
                assembler.receive(1, Fragment(number, part, MAX_PARTS, bytes(FRAGMENT_BYTES)))
    assert sum(here for _, here, _ in assembler.progress()) == PARTS_AHEAD
    assert Assembler.decode(assembler.encode()).encode() == assembler.encode()
    assert len(assembler.encode()) < PARTS_AHEAD * (FRAGMENT_BYTES + 16)


def test_a_thousand_letters_of_one_part_find_room() -> None:
    assembler = Assembler()
    for number in range(2, LETTERS_AHEAD + 1):
        assert assembler.receive(1, one_fragment(number)) == Assembled()
    assert [number for number, _ in assembler.receive(1, one_fragment(1)).letters] == list(range(1, LETTERS_AHEAD + 1))


@pytest.mark.parametrize(
    "bad",
    [
        Fragment(1, 0, 2, bytes(FRAGMENT_BYTES)),
        Fragment(1, 2, 3, b"other"),
        Fragment(1 + LETTERS_AHEAD, 0, 1, b"far"),
    ],
)
def test_contradicting_or_far_fragments_are_refused_and_change_nothing(bad: Fragment) -> None:
    assembler = Assembler()
    assembler.receive(1, Fragment(1, 2, 3, b"word"))
    before = assembler.encode()
    with pytest.raises(ProtocolError):
        assembler.receive(1, bad)
    assert assembler.encode() == before


@given(st.binary(max_size=80))
def test_arbitrary_kept_letters_only_raise_protocol_error(data: bytes) -> None:
    begun = Assembler().encode()
    for candidate in (data, begun[:-129] + data, begun[:-1] + data, begun[:-1] + b"\1\0\0\0" + data):
        with contextlib.suppress(ProtocolError):
            assert Assembler.decode(candidate).encode() == candidate
