"""Board entries survive being cut into frames, in any order, and what a peer leaves unfinished is bounded."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.board.pieces import MAX_ENTRY_BYTES, MAX_PIECES, MAX_UNFINISHED, EntryJoiner, split_entry
from protocol.errors import ProtocolError
from protocol.seams import SeededEntropy
from protocol.sizes import FRAME_BODY_BYTES, PIECE_CHUNK_BYTES

ENTROPY = SeededEntropy(b"piece tests".ljust(32))
SIZES = st.one_of(
    st.integers(1, MAX_ENTRY_BYTES),
    st.sampled_from([1, PIECE_CHUNK_BYTES, PIECE_CHUNK_BYTES + 1, 2 * PIECE_CHUNK_BYTES, MAX_ENTRY_BYTES]),
)


@given(SIZES, st.data())
def test_entry_is_joined_whatever_order_its_pieces_come_in(size: int, data: st.DataObject) -> None:
    entry = ENTROPY(size)
    pieces = split_entry(entry)
    assert all(len(piece) <= FRAME_BODY_BYTES for piece in pieces)
    assert len(pieces) <= MAX_PIECES
    order = data.draw(st.permutations(pieces))
    joiner = EntryJoiner()
    assert [done for piece in order if (done := joiner.add(piece)) is not None] == [entry]


def test_entries_may_interleave_and_repeat() -> None:
    one, other = ENTROPY(9000), ENTROPY(9000)
    joiner = EntryJoiner()
    done = [joiner.add(p) for pair in zip(split_entry(one), split_entry(other), strict=True) for p in (*pair, pair[0])]
    assert [entry for entry in done if entry is not None] == [one, other]


def test_cutting_is_a_function_of_the_entry() -> None:
    entry = ENTROPY(9000)
    assert split_entry(entry) == split_entry(bytes(entry))


def test_unfinished_entries_are_bounded_and_the_oldest_goes_first() -> None:
    joiner = EntryJoiner()
    entries = [ENTROPY(5000) for _ in range(MAX_UNFINISHED + 1)]
    for entry in entries:
        assert joiner.add(split_entry(entry)[0]) is None
    assert joiner.add(split_entry(entries[0])[1]) is None
    assert joiner.add(split_entry(entries[-1])[1]) == entries[-1]


def test_forged_chunk_is_rejected_and_forgotten() -> None:
    first, last = split_entry(ENTROPY(5000))
    joiner = EntryJoiner()
    joiner.add(first)
    with pytest.raises(ProtocolError):
        joiner.add(last[:-1] + bytes([last[-1] ^ 1]))
    assert joiner.add(last) is None


@pytest.mark.parametrize(
    "piece",
    [
        b"",
        bytes(10),
        b"\0\0" + bytes(9),
        b"\1\1" + bytes(9),
        bytes([0, MAX_PIECES + 1]) + bytes(8 + PIECE_CHUNK_BYTES),
        b"\0\2" + bytes(8 + PIECE_CHUNK_BYTES - 1),
        b"\0\1" + bytes(8 + PIECE_CHUNK_BYTES + 1),
        b"\0\1" + bytes(9),
    ],
)
def test_impossible_piece_is_rejected(piece: bytes) -> None:
    with pytest.raises(ProtocolError):
        EntryJoiner().add(piece)


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_arbitrary_bytes_are_only_a_protocol_error(pieces: list[bytes]) -> None:
    joiner = EntryJoiner()
    for piece in pieces:
        with contextlib.suppress(ProtocolError):
            assert joiner.add(piece) is None


def test_entry_of_impossible_size_is_a_bug_of_the_caller() -> None:
    for size in (0, MAX_ENTRY_BYTES + 1):
        with pytest.raises(ValueError, match="entry"):
            split_entry(bytes(size))
