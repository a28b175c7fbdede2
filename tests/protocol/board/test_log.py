"""The byte log: framing, seals, entries cut anywhere. See docs/protocol.md, "Board log"."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.board.log import (
    BODY_BYTES_MAX,
    Entry,
    EntryKind,
    EntryReader,
    Seal,
    Seen,
    mark_entry,
    parse_entry,
    parse_mark,
    parse_seal,
    sign_seal,
)
from protocol.board.pieces import MAX_ENTRY_BYTES
from protocol.community.roster import RELAYS_MAX
from protocol.errors import ProtocolError
from protocol.routes.exchange import Cursor
from protocol.seams import RelayId
from tests.kits.communities import identity_secret, make_roster

ROSTER = make_roster()
ENTRIES = st.lists(
    st.builds(Entry, st.sampled_from(EntryKind), st.binary(max_size=50)).filter(
        lambda entry: len(entry.body) <= BODY_BYTES_MAX[entry.kind]
    ),
    max_size=10,
)
HASHES = st.binary(min_size=32, max_size=32)
INTERVALS = st.integers(0, 0xFFFFFFFF)
SEAL = Seal(RelayId(1), 70, b"c" * 32, (Seen(RelayId(0), 69, b"a" * 32), Seen(RelayId(2), 70, b"b" * 32)))


@st.composite
def seals(draw: st.DrawFn) -> Seal:
    relay = draw(st.sampled_from([0, 1, 2]))
    others = sorted(draw(st.sets(st.integers(0, 255).filter(lambda other: other != relay), max_size=8)))
    seen = tuple(Seen(RelayId(other), draw(INTERVALS), draw(HASHES)) for other in others)
    return Seal(RelayId(relay), draw(INTERVALS), draw(HASHES), seen)


@given(seals())
def test_signed_seal_parses_to_itself(seal: Seal) -> None:
    body = sign_seal(seal, identity_secret(seal.relay))
    assert parse_seal(body, ROSTER) == seal
    with pytest.raises(ProtocolError):
        parse_seal(sign_seal(seal, identity_secret(9)), ROSTER)


@given(st.binary(max_size=250))
def test_arbitrary_bytes_are_no_seal(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_seal(data, ROSTER)


@given(st.data())
def test_any_changed_byte_of_a_seal_is_rejected(data: st.DataObject) -> None:
    bad = bytearray(sign_seal(SEAL, identity_secret(1)))
    bad[data.draw(st.integers(0, len(bad) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ProtocolError):
        parse_seal(bytes(bad), ROSTER)


def test_seal_names_others_once_in_ascending_order_and_never_itself() -> None:
    for others in [
        tuple(reversed(SEAL.others)),
        (SEAL.others[0], SEAL.others[0]),
        (Seen(RelayId(1), 1, bytes(32)),),
    ]:
        with pytest.raises(ValueError, match="order"):
            sign_seal(replace(SEAL, others=others), identity_secret(1))


def test_largest_seal_fits_its_entry() -> None:
    others = tuple(Seen(RelayId(number), 1, bytes(32)) for number in range(1, RELAYS_MAX))
    body = sign_seal(Seal(RelayId(0), 1, bytes(32), others), identity_secret(0))
    assert len(body) == BODY_BYTES_MAX[EntryKind.SEAL]
    assert max(BODY_BYTES_MAX.values()) + 3 <= MAX_ENTRY_BYTES


@given(ENTRIES.filter(bool))
def test_entry_parses_to_itself_and_nothing_longer_or_shorter_does(entries: list[Entry]) -> None:
    data = entries[0].encode()
    assert parse_entry(data) == entries[0]
    for bad in (data[:-1], data + b"\0", data + data):
        with pytest.raises(ProtocolError):
            parse_entry(bad)


@given(ENTRIES, st.lists(st.integers(1, 20), min_size=1))
def test_entries_come_out_whole_however_they_are_cut(entries: list[Entry], sizes: list[int]) -> None:
    log = b"".join(entry.encode() for entry in entries)
    reader, found, position = EntryReader(Cursor(7, 0)), [], 0
    while position < len(log):
        for size in sizes:
            part = log[position : position + size]
            some, reader = reader.feed(Cursor(7, position), Cursor(7, position + len(part)), part)
            found += some
            position += len(part)
    assert found == entries
    assert reader.partial == b""


@given(st.binary(max_size=200))
def test_arbitrary_bytes_in_the_log_are_entries_or_a_protocol_error(data: bytes) -> None:
    try:
        entries, reader = EntryReader().feed(Cursor(0, 0), Cursor(0, len(data)), data)
    except ProtocolError:
        return
    assert b"".join(entry.encode() for entry in entries) + reader.partial == data


def test_reader_that_jumps_forgets_what_was_cut_and_begins_at_a_sheet_or_a_mark() -> None:
    entry = Entry(EntryKind.PAGE, b"x" * 20).encode()
    _, reader = EntryReader(Cursor(5, 0)).feed(Cursor(5, 0), Cursor(5, 10), entry[:10])
    assert reader.partial == entry[:10]
    found, _ = reader.feed(Cursor(9, 0), Cursor(9, len(entry)), entry)
    assert [one.encode() for one in found] == [entry]
    mark = mark_entry(9)
    found, _ = reader.feed(Cursor(9, 44), Cursor(9, 50), mark.encode())
    assert found == [mark]
    with pytest.raises(ProtocolError, match="inside"):
        reader.feed(Cursor(9, 44), Cursor(9, 60), entry)
    assert reader.feed(Cursor(9, 44), Cursor(9, 44), b"")[0] == []


def test_impossible_length_is_refused_before_it_is_waited_for() -> None:
    for kind in EntryKind:
        head = bytes([kind]) + (BODY_BYTES_MAX[kind] + 1).to_bytes(2, "big")
        with pytest.raises(ProtocolError, match="long"):
            EntryReader().feed(Cursor(0, 0), Cursor(0, 3), head)
        with pytest.raises(ValueError, match="long"):
            Entry(kind, bytes(BODY_BYTES_MAX[kind] + 1)).encode()
    with pytest.raises(ProtocolError, match="kind"):
        EntryReader().feed(Cursor(0, 0), Cursor(0, 3), b"\x09\0\0")


@given(INTERVALS)
def test_mark_names_its_interval(interval: int) -> None:
    assert parse_mark(mark_entry(interval).body) == interval
    with pytest.raises(ProtocolError):
        parse_mark(mark_entry(interval).body + b"\0")
