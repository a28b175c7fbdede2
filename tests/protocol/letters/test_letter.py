"""Letters and cell content: one size, one encoding; letters arrive whole, once and in order whatever cells do."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.letters.assembler import Assembler
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
from protocol.streams.cell import CONTENT_BYTES, MESSAGE_BYTES, RATCHET_OVERHEAD

KEY = bytes(range(32))
ENTROPY = SeededEntropy(b"letter tests".ljust(32))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)


def one_fragment(number: int, data: bytes = b"word") -> Fragment:
    return split(data, number)[0]


def test_a_cell_is_filled_to_the_byte() -> None:
    assert (CELL_BYTES, MESSAGE_BYTES, RATCHET_OVERHEAD, CONTENT_BYTES) == (4096, 4056, 57, 3999)
    assert (FRAGMENT_BYTES, MAX_PARTS) == (3867, 17)


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
    acks, floors = Acks((EpochAcks(7, 2, 2),)), ((6, 2), (7, 3))
    fragments = [None] if oldest + ahead >= MAX_LETTER_NUMBER else [None, Fragment(oldest + ahead, 1, 2, data)]
    for fragment in fragments:
        content = CellContent(acks, floors, oldest, fragment)
        assert len(encode_content(content)) == CONTENT_BYTES
        assert parse_content(encode_content(content)) == content


@settings(max_examples=200)
@given(st.data())
def test_altered_content_is_refused_or_encodes_to_itself(data: st.DataObject) -> None:
    base = CellContent(Acks((EpochAcks(7, 2, 2),)), ((6, 2),), 5, Fragment(6, 0, 1, b"word"))
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


def test_a_fragment_out_of_reach_of_its_cell_is_never_built() -> None:
    for number in (4, 5 + LETTERS_AHEAD):
        with pytest.raises(ProtocolError):
            CellContent(oldest_letter=5, fragment=one_fragment(number))
