"""Letters and cell content: one size, one encoding; letters arrive whole, once and in order whatever cells do."""

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.letters.assembler import Assembled, Assembler
from protocol.letters.letter import (
    FRAGMENT_BYTES,
    LETTER_HEAD_BYTES,
    LETTERS_AHEAD,
    MAX_LETTER_BYTES,
    MAX_LETTER_NUMBER,
    MAX_PARTS,
    CellContent,
    Fragment,
    Letter,
    LetterKind,
    encode_content,
    encode_letter,
    parse_content,
    parse_letter,
    split,
)
from protocol.seams import SeededEntropy
from protocol.sizes import CELL_BYTES
from protocol.streams.acks import Acks, EpochAcks
from protocol.streams.cell import CONTENT_BYTES, MESSAGE_BYTES, RATCHET_OVERHEAD, open_cell, seal_cell

KEY = bytes(range(32))
ENTROPY = SeededEntropy(b"letter tests".ljust(32))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


def one_fragment(number: int, data: bytes = b"word") -> Fragment:
    return split(data, number)[0]


def test_a_cell_is_filled_to_the_byte() -> None:
    assert (CELL_BYTES, MESSAGE_BYTES, RATCHET_OVERHEAD, CONTENT_BYTES) == (4096, 4056, 57, 3999)
    assert (FRAGMENT_BYTES, MAX_PARTS) == (3904, 17)


def test_a_cell_opens_with_its_key_alone() -> None:
    message = ENTROPY(MESSAGE_BYTES)
    cell = seal_cell(KEY, message, ENTROPY)
    assert len(cell) == CELL_BYTES
    assert open_cell(KEY, cell) == message
    for key, bad in ((bytes(32), cell), (KEY, cell[:-1]), (KEY, cell[:-1] + b"\0"), (KEY, b"")):
        with pytest.raises(ProtocolError):
            open_cell(key, bad)


@given(TEXTS, st.integers(0, 0xFFFF))
def test_text_comes_back_exactly_as_given(text: str, day: int) -> None:
    """Never normalised: decomposed Hangul stays decomposed."""
    letter = Letter(LetterKind.TEXT, text.encode(), day)
    assert parse_letter(encode_letter(letter)) == letter


@given(st.binary(max_size=60))
def test_arbitrary_letters_are_refused_or_encode_to_themselves(data: bytes) -> None:
    for candidate in (data, b"\1\1" + data, b"\1\2" + data):
        with contextlib.suppress(ProtocolError):
            assert encode_letter(parse_letter(candidate)) == candidate


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"\xed\xa0\x80", bytes(MAX_LETTER_BYTES + 1)])
def test_a_letter_that_is_no_text_or_too_long_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        Letter(LetterKind.TEXT, body, 1)


@pytest.mark.parametrize("size", [1, FRAGMENT_BYTES - 4, FRAGMENT_BYTES - 3, 2 * FRAGMENT_BYTES, MAX_LETTER_BYTES])
def test_letters_of_every_length_arrive_whole(size: int) -> None:
    letter = encode_letter(Letter(LetterKind.PICTURE, ENTROPY(size), 20_000))
    assembler, done = Assembler(), list[tuple[int, bytes]]()
    fragments = split(letter, 1)
    assert len(fragments) == -(-(size + LETTER_HEAD_BYTES) // FRAGMENT_BYTES)
    for fragment in reversed(fragments):
        content = parse_content(encode_content(CellContent(fragment=fragment)))
        done += assembler.receive(content.oldest_letter, content.fragment).letters
    assert done == [(1, letter)]


@given(st.integers(1, 2**32 - 1), st.integers(0, LETTERS_AHEAD - 1), st.binary(min_size=1, max_size=FRAGMENT_BYTES))
def test_content_has_one_size_and_one_encoding(oldest: int, ahead: int, data: bytes) -> None:
    acks, floors = Acks((EpochAcks(7, 1, 2),)), ((6, 2), (7, 3))
    fragments = [None] if oldest + ahead >= MAX_LETTER_NUMBER else [None, Fragment(oldest + ahead, 1, 2, data)]
    for fragment in fragments:
        content = CellContent(acks, floors, oldest, fragment)
        assert len(encode_content(content)) == CONTENT_BYTES
        assert parse_content(encode_content(content)) == content


@settings(max_examples=200)
@given(st.data())
def test_altered_content_is_refused_or_encodes_to_itself(data: st.DataObject) -> None:
    base = CellContent(Acks((EpochAcks(7, 1, 2),)), ((6, 2),), 5, Fragment(6, 0, 1, b"word"))
    raw = bytearray(encode_content(base))
    at = data.draw(st.one_of(st.integers(0, 99), st.integers(0, CONTENT_BYTES - 1)))
    raw[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(ProtocolError):
        assert encode_content(parse_content(bytes(raw))) == bytes(raw)


@given(st.binary(max_size=200))
def test_arbitrary_content_only_raises_protocol_error(data: bytes) -> None:
    for candidate in (data, data.ljust(CONTENT_BYTES, b"\0")):
        with contextlib.suppress(ProtocolError):
            assert encode_content(parse_content(candidate)) == candidate


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


def test_a_peer_that_names_any_number_costs_nothing() -> None:
    assembler = Assembler()
    assembler.receive(1, one_fragment(3))
    done = assembler.receive(MAX_LETTER_NUMBER, None)
    assert done.letters == ((3, b"word"),)
    assert done.skipped == (range(1, 3), range(4, MAX_LETTER_NUMBER))
    assert Assembler.decode(assembler.encode()).next_letter == MAX_LETTER_NUMBER


def test_what_a_hostile_peer_can_make_us_hold_is_bounded() -> None:
    assembler = Assembler()
    for number in range(2, 2 + 3 * LETTERS_AHEAD):
        with contextlib.suppress(ProtocolError):
            for part in range(MAX_PARTS - 1):
                assembler.receive(1, Fragment(number, part, MAX_PARTS, bytes(FRAGMENT_BYTES)))
    assert len(assembler.encode()) < LETTERS_AHEAD * MAX_PARTS * (FRAGMENT_BYTES + 16)


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


def test_a_fragment_out_of_reach_of_its_cell_is_never_built() -> None:
    for number in (4, 5 + LETTERS_AHEAD):
        with pytest.raises(ProtocolError):
            CellContent(oldest_letter=5, fragment=one_fragment(number))


@given(st.binary(max_size=80))
def test_arbitrary_kept_letters_only_raise_protocol_error(data: bytes) -> None:
    for candidate in (data, b"\1\0\0\0\1" + data, b"\1\0\0\0\1\1\0\0\0" + data):
        with contextlib.suppress(ProtocolError):
            assert Assembler.decode(candidate).encode() == candidate
