"""Tickets: one size, signed by a desk, for two relays, until a day. See docs/protocol.md, "Admission"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from protocol.community.tickets import TICKET_BYTES, check_ticket, make_ticket, parse_ticket, spent_mark
from protocol.errors import ProtocolError
from protocol.primitives.signing import verify_key_of
from protocol.seams import RelayId, SeededEntropy
from tests.kits.communities import COMMUNITY_KEY, DESK_SECRET, TODAY, make_roster, relay_ids

ROSTER = make_roster()
ENTRY = (RelayId(0), RelayId(2))
TICKET = make_ticket(DESK_SECRET, COMMUNITY_KEY, ENTRY, TODAY + 7, SeededEntropy(bytes(32)))


@given(st.binary(min_size=32, max_size=32), st.integers(0, 255), st.integers(0, 255), st.integers(0, 0xFFFF))
def test_ticket_round_trips_in_96_bytes(seed: bytes, first: int, second: int, day: int) -> None:
    ticket = make_ticket(DESK_SECRET, COMMUNITY_KEY, (RelayId(first), RelayId(second)), day, SeededEntropy(seed))
    data = ticket.encode()
    assert len(data) == TICKET_BYTES == 96
    assert parse_ticket(data) == ticket
    assert parse_ticket(data).encode() == data
    for relay in relay_ids(first, second):
        assert check_ticket(data, ROSTER, relay, day) == ticket.serial


@given(st.binary(max_size=120) | st.binary(min_size=96, max_size=96))
def test_arbitrary_bytes_are_no_ticket(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        check_ticket(data, ROSTER, RelayId(0), 0)


@given(st.integers(0, 95), st.integers(1, 255))
def test_any_changed_byte_of_a_ticket_is_rejected(place: int, flip: int) -> None:
    bad = bytearray(TICKET.encode())
    bad[place] ^= flip
    with pytest.raises(ProtocolError):
        check_ticket(bytes(bad), ROSTER, RelayId(0), TODAY)


def test_ticket_admits_at_its_relays_until_its_day() -> None:
    data = TICKET.encode()
    assert check_ticket(data, ROSTER, RelayId(2), TODAY + 7) == TICKET.serial
    with pytest.raises(ProtocolError, match="expired"):
        check_ticket(data, ROSTER, RelayId(2), TODAY + 8)
    with pytest.raises(ProtocolError, match="other relays"):
        check_ticket(data, ROSTER, RelayId(1), TODAY)


def test_every_desk_of_the_roster_may_sign_and_nobody_else() -> None:
    second_desk = bytes(31) + b"\x01"
    ticket = make_ticket(second_desk, COMMUNITY_KEY, ENTRY, TODAY, SeededEntropy(bytes(32))).encode()
    with pytest.raises(ProtocolError, match="desk"):
        check_ticket(ticket, ROSTER, RelayId(0), TODAY)
    both = structs.replace(ROSTER, desk_keys=(*ROSTER.desk_keys, verify_key_of(second_desk)))
    check_ticket(ticket, both, RelayId(0), TODAY)
    foreign = make_ticket(DESK_SECRET, bytes(32), ENTRY, TODAY, SeededEntropy(bytes(32))).encode()
    with pytest.raises(ProtocolError):
        check_ticket(foreign, ROSTER, RelayId(0), TODAY)


def test_spent_mark_does_not_show_the_serial() -> None:
    assert len(spent_mark(TICKET.serial)) == 16
    assert spent_mark(TICKET.serial) != TICKET.serial
