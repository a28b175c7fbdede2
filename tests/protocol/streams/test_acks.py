"""Acks and floors: one encoding each, and nothing but ProtocolError for what is not one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.streams.acks import (
    ACKS_BYTES,
    FLOORS_BYTES,
    MAX_INDEX,
    WINDOW,
    Acks,
    EpochAcks,
    Floors,
    encode_acks,
    encode_floors,
    parse_acks,
    parse_floors,
)

EPOCHS = st.lists(st.integers(0, 2**32 - 1), max_size=4, unique=True).map(sorted)
FLOORS = EPOCHS.flatmap(lambda epochs: st.tuples(*[st.tuples(st.just(e), st.integers(1, MAX_INDEX)) for e in epochs]))


@st.composite
def all_acks(draw: st.DrawFn) -> Acks:
    entries = []
    for epoch in draw(EPOCHS):
        end = draw(st.integers(1, MAX_INDEX))
        entries.append(EpochAcks(epoch, end, draw(st.integers(0, 2 ** min(end, WINDOW) - 1))))
    return Acks(tuple(entries))


@given(all_acks())
def test_acks_come_back_from_their_bytes(acks: Acks) -> None:
    assert len(encode_acks(acks)) == ACKS_BYTES
    assert parse_acks(encode_acks(acks)) == acks


@given(FLOORS)
def test_floors_come_back_from_their_bytes(floors: Floors) -> None:
    assert len(encode_floors(floors)) == FLOORS_BYTES
    assert parse_floors(encode_floors(floors)) == floors


@given(st.integers(0, 5), st.binary(max_size=ACKS_BYTES + 1))
def test_other_bytes_are_refused_or_encode_to_themselves(count: int, data: bytes) -> None:
    for padded in (data, (bytes([count]) + data).ljust(ACKS_BYTES, b"\0")):
        with contextlib.suppress(ProtocolError):
            assert encode_acks(parse_acks(padded)) == padded
    for padded in (data, (bytes([count]) + data).ljust(FLOORS_BYTES, b"\0")):
        with contextlib.suppress(ProtocolError):
            assert encode_floors(parse_floors(padded)) == padded


@pytest.mark.parametrize(
    "entries",
    [
        [(5, 0, 0)],  # says nothing
        [(5, 3, 8)],  # an index below the first
        [(6, 1, 0), (5, 1, 0)],
        [(5, 1, 0), (5, 2, 0)],
    ],
)
def test_acks_that_no_reader_sends_are_refused(entries: list[tuple[int, int, int]]) -> None:
    body = b"".join([e.to_bytes(8, "big") + n.to_bytes(2, "big") + b.to_bytes(8, "big") for e, n, b in entries])
    with pytest.raises(ProtocolError):
        parse_acks((bytes([len(entries)]) + body).ljust(ACKS_BYTES, b"\0"))


@pytest.mark.parametrize("floors", [((5, 0),), ((6, 1), (5, 1)), ((5, 1), (5, 1)), tuple((n, 1) for n in range(5))])
def test_floors_that_no_sender_sends_are_refused(floors: Floors) -> None:
    with pytest.raises(ProtocolError):
        encode_floors(floors)
