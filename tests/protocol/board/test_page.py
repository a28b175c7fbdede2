"""Board pages: no false negatives, one size for one count, canonical. See docs/protocol.md, "Board pages"."""

import struct
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.board.page import CHAIN_START, PAGE_HEADER_BYTES, Page, chain_hash, encode_page, parse_page, set_bytes
from protocol.community.constants import TAGS_PER_PAGE_MAX
from protocol.errors import ProtocolError
from protocol.primitives.kdf import derive
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole

RELAY = RelayId(3)
HOLES = st.lists(st.binary(min_size=32, max_size=32).map(Hole), max_size=60)


def _holes(count: int, label: bytes = b"holes") -> list[Hole]:
    return [Hole(derive(label, number.to_bytes(4, "big"))) for number in range(count)]


@given(HOLES, HOLES, st.integers(0, 255), st.integers(0, 0xFFFFFFFF))
def test_every_listed_hole_matches(listed: list[Hole], others: list[Hole], relay: int, interval: int) -> None:
    page = parse_page(encode_page(listed, RelayId(relay), interval))
    assert (page.relay, page.interval, len(page.values)) == (relay, interval, len(listed))
    assert page.matches(listed) == listed
    assert set(page.matches([*others, *listed])) >= set(listed)


@given(HOLES)
def test_page_size_depends_on_the_count_alone(listed: list[Hole]) -> None:
    body = encode_page(listed, RELAY, 9)
    assert len(body) == PAGE_HEADER_BYTES + -(-22 * len(listed) // 8) == PAGE_HEADER_BYTES + set_bytes(len(listed))
    assert encode_page(list(reversed(listed)), RELAY, 9) == body
    assert parse_page(body).encode() == body


def test_one_hole_deposited_often_counts_as_often() -> None:
    body = encode_page(_holes(1) * 500, RELAY, 1)
    assert len(body) == PAGE_HEADER_BYTES + set_bytes(500)
    assert parse_page(body).encode() == body


@pytest.mark.parametrize(
    "values",
    [
        (0,),
        ((1 << 20) - 1,),
        (0, 0, 0),
        ((3 << 20) - 1,) * 3,
        tuple((i << 20) + (1 << 20) - 1 for i in range(500)),
        tuple(range(500)),
        ((500 << 20) - 1,) * 500,
    ],
)
def test_extreme_sets_fit_their_size(values: tuple[int, ...]) -> None:
    page = Page(RELAY, 1, values)
    assert len(page.encode()) == PAGE_HEADER_BYTES + set_bytes(len(values))
    assert parse_page(page.encode()) == page


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_a_canonical_page_or_a_protocol_error(body: bytes) -> None:
    try:
        page = parse_page(body)
    except ProtocolError:
        return
    assert page.encode() == body


@given(st.integers(0, 12), st.data())
def test_arbitrary_sets_are_canonical_or_a_protocol_error(count: int, data: st.DataObject) -> None:
    size = set_bytes(count)
    coded = data.draw(st.binary(min_size=size, max_size=size))
    body = struct.pack(">BIH", 1, 2, count) + coded
    try:
        page = parse_page(body)
    except ProtocolError:
        return
    assert page.encode() == body
    assert list(page.values) == sorted(page.values)


def test_set_that_runs_out_of_bits_is_rejected() -> None:
    for coded in (b"\xff\xff\xff", b"\xff\xff\x00", b"\x80\x00\x00", b"\x00\x00\x01"):
        with pytest.raises(ProtocolError):
            parse_page(struct.pack(">BIH", 1, 2, 1) + coded)
    with pytest.raises(ProtocolError):
        parse_page(struct.pack(">BIH", 1, 2, 0xFFFF))
    with pytest.raises(ProtocolError):
        parse_page(encode_page(_holes(3), RELAY, 1) + b"\0")


def test_false_matches_are_as_rare_as_designed() -> None:
    page = parse_page(encode_page(_holes(2000), RELAY, 1))
    assert len(page.matches(_holes(100_000, b"others"))) <= 2  # .1 expected


def test_tags_of_one_hole_differ_between_relays_and_intervals() -> None:
    hole = _holes(1)
    pages = {parse_page(encode_page(hole, RelayId(relay), interval)).values for relay in (0, 1) for interval in (0, 1)}
    assert len(pages) == 4


def test_a_full_page_is_handled_quickly() -> None:
    holes = _holes(10_000)
    began = process_time()
    page = parse_page(encode_page(holes, RELAY, 1))
    page.matches(_holes(13_000, b"watched"))
    assert process_time() - began < 2  # measured .1 s; the rest is for a slow machine and for tracing
    with pytest.raises(ValueError, match="more"):
        encode_page(holes[:1] * (TAGS_PER_PAGE_MAX + 1), RELAY, 1)


def test_empty_page_matches_nothing() -> None:
    body = encode_page([], RELAY, 7)
    assert len(body) == PAGE_HEADER_BYTES
    assert parse_page(body).matches(_holes(3)) == []


def test_page_and_chain_are_pinned() -> None:
    body = encode_page(_holes(4), RELAY, 77)
    assert body.hex() == "030000004d0004059de010ced94ebda8a3c4"
    assert chain_hash(CHAIN_START, body).hex() == "da724ae7bc6cadfe8fc2d8e676f728f2fc1db79b27bbdce77396282a29a8fa16"
