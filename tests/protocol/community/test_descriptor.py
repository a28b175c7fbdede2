"""Descriptors and the life of relay keys. See docs/protocol.md, "Descriptors"."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from protocol.community.constants import Constants
from protocol.community.descriptor import (
    CROWD_MAX,
    DESCRIPTOR_BYTES,
    Descriptor,
    day_key_erased_at,
    exchange_key,
    link_key,
    newer,
    packet_key,
    parse_descriptor,
    sign_descriptor,
    slow_key,
    slow_key_erased_at,
)
from protocol.errors import ProtocolError
from protocol.primitives.days import DAY_S, day_of, month_of, month_start
from protocol.primitives.sealed_box import public_of
from protocol.seams import RelayId
from tests.kits.communities import NOW, TODAY, identity_secret, make_roster

ROSTER = make_roster()
CONSTANTS = Constants()
GOOD = Descriptor(RelayId(1), TODAY, b"d" * 32, month_of(NOW), b"s" * 32, TODAY, b"l" * 32, 17, b"h" * 32)


@given(
    st.builds(
        Descriptor,
        st.sampled_from([RelayId(0), RelayId(1), RelayId(2)]),
        *(st.integers(0, 0xFFFF), st.binary(min_size=32, max_size=32).map(public_of)) * 3,
        st.integers(0, 0xFFFFFFFF),
        st.binary(min_size=32, max_size=32),
        st.none() | st.integers(0, CROWD_MAX),
    )
)
def test_signed_descriptor_parses_to_itself(descriptor: Descriptor) -> None:
    data = sign_descriptor(descriptor, identity_secret(descriptor.relay))
    assert len(data) == DESCRIPTOR_BYTES == 205
    assert parse_descriptor(data, ROSTER) == descriptor
    with pytest.raises(ProtocolError):
        parse_descriptor(sign_descriptor(descriptor, identity_secret(9)), ROSTER)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("key", [bytes(32), bytes([1]) + bytes(31), bytes.fromhex("ec" + "ff" * 30 + "7f")])
def test_key_of_small_order_is_refused_when_it_is_read(place: int, key: bytes) -> None:
    day, slow, link = [key if place == n else good for n, good in enumerate((b"d" * 32, b"s" * 32, b"l" * 32))]
    bad = sign_descriptor(replace(GOOD, day_key=day, slow_key=slow, link_key=link), identity_secret(1))
    with pytest.raises(ProtocolError):
        parse_descriptor(bad, ROSTER)


@given(st.binary(max_size=300) | st.binary(min_size=DESCRIPTOR_BYTES, max_size=DESCRIPTOR_BYTES))
def test_arbitrary_bytes_are_no_descriptor(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_descriptor(data, ROSTER)


@given(st.integers(0, DESCRIPTOR_BYTES - 1), st.integers(1, 255))
def test_any_changed_byte_of_a_descriptor_is_rejected(place: int, flip: int) -> None:
    bad = bytearray(sign_descriptor(GOOD, identity_secret(1)))
    bad[place] ^= flip
    with pytest.raises(ProtocolError):
        parse_descriptor(bytes(bad), ROSTER)


def test_descriptor_of_a_relay_outside_the_roster_is_rejected() -> None:
    stranger = replace(GOOD, relay=RelayId(9))
    with pytest.raises(ProtocolError, match="roster"):
        parse_descriptor(sign_descriptor(stranger, identity_secret(9)), ROSTER)


def test_day_key_is_live_on_its_day_and_the_neighbours_only() -> None:
    live = [day for day in range(TODAY - 3, TODAY + 4) if exchange_key(GOOD, day * DAY_S + 100.0) is not None]
    assert live == [TODAY - 1, TODAY, TODAY + 1]
    assert [day for day in range(TODAY - 3, TODAY + 4) if link_key(GOOD, day * DAY_S + 100.0) is not None] == live
    assert packet_key(GOOD, NOW, CONSTANTS) == exchange_key(GOOD, NOW) == GOOD.day_key
    assert link_key(GOOD, NOW) == GOOD.link_key


@given(st.floats(NOW - 4 * DAY_S, NOW + 4 * DAY_S), st.integers(1, 3_600_000))
def test_a_live_packet_key_outlives_the_holds(now: float, mean_hold_ms: int) -> None:
    constants = structs.replace(CONSTANTS, mean_hold_ms=mean_hold_ms, page_ms=3_600_000, key_block_ms=3_600_000)
    if packet_key(GOOD, now, constants) is not None:
        assert now + 27 * constants.mean_hold_s < day_key_erased_at(GOOD.day)
        assert exchange_key(GOOD, now) is not None


def test_long_holds_end_the_use_of_a_day_key_early() -> None:
    constants = structs.replace(CONSTANTS, mean_hold_ms=3_600_000, page_ms=3_600_000)
    late = (TODAY + 2) * DAY_S - 60.0
    assert exchange_key(GOOD, late) is not None
    assert packet_key(GOOD, late, CONSTANTS) is not None
    assert packet_key(GOOD, late, constants) is None


def test_slow_key_leaves_a_courier_a_month() -> None:
    for months, live in [(-2, False), (-1, True), (0, True), (1, True), (2, False)]:
        moment = month_start(GOOD.month + months) + 1000.0
        assert (slow_key(GOOD, moment) is not None) is live
        if live:
            assert slow_key_erased_at(GOOD.month) - moment > 27 * DAY_S


def test_replayed_descriptor_does_not_bring_old_keys_back() -> None:
    later = replace(GOOD, day=TODAY + 1)
    assert newer(GOOD, None)
    assert newer(later, GOOD)
    assert not newer(GOOD, later)
    assert not newer(GOOD, GOOD)
    assert newer(replace(GOOD, head_interval=18), GOOD)
    assert day_of(day_key_erased_at(TODAY)) == TODAY + 3
