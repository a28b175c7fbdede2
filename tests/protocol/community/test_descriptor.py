"""Descriptors and the life of relay keys. See docs/protocol.md, "Descriptors"."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from protocol.community.constants import HOUR_MS, Constants
from protocol.community.descriptor import (
    CROWD_MAX,
    DESCRIPTOR_BYTES,
    Descriptor,
    check_day,
    contradicts,
    day_key,
    day_key_erased_at,
    door_key,
    exchange_key,
    link_key,
    parse_descriptor,
    sign_descriptor,
    slow_key,
    slow_key_erased_at,
)
from protocol.errors import ProtocolError
from protocol.primitives.days import DAY_S, day_of, month_of, month_start
from protocol.primitives.hybrid_box import HybridPublic, curve_only
from protocol.primitives.sealed_box import public_of
from protocol.seams import RelayId
from tests.kits.communities import NOW, TODAY, day_kem, door_kem, identity_secret, make_roster

ROSTER = make_roster()
CONSTANTS = Constants()
GOOD = Descriptor(
    RelayId(1),
    TODAY,
    b"d" * 32,
    day_kem(1),
    b"s" * 32,
    b"n" * 32,
    b"l" * 32,
    door_kem(1),
    17,
    b"h" * 32,
)
MONTH = month_of(NOW)
CURVE = st.binary(min_size=32, max_size=32).map(public_of)
KEM = st.integers(0, 3).map(day_kem)


@given(
    st.builds(
        Descriptor,
        st.sampled_from([RelayId(0), RelayId(1), RelayId(2)]),
        st.integers(0, 0xFFFE),
        CURVE,
        KEM,
        *(CURVE,) * 3,
        KEM,
        st.integers(0, 0xFFFFFFFF),
        st.binary(min_size=32, max_size=32),
        st.none() | st.integers(0, CROWD_MAX),
    )
)
def test_signed_descriptor_parses_to_itself(descriptor: Descriptor) -> None:
    data = sign_descriptor(descriptor, identity_secret(descriptor.relay))
    assert len(data) == DESCRIPTOR_BYTES == 2601
    assert parse_descriptor(data, ROSTER) == descriptor
    with pytest.raises(ProtocolError):
        parse_descriptor(sign_descriptor(descriptor, identity_secret(9)), ROSTER)


@pytest.mark.parametrize("place", ["day_key", "slow_key", "next_slow_key", "link_key"])
@pytest.mark.parametrize("key", [bytes(32), bytes([1]) + bytes(31), bytes.fromhex("ec" + "ff" * 30 + "7f")])
def test_key_of_small_order_is_refused_when_it_is_read(place: str, key: bytes) -> None:
    bad = sign_descriptor(replace(GOOD, **{place: key}), identity_secret(1))  # type: ignore[arg-type]
    with pytest.raises(ProtocolError):
        parse_descriptor(bad, ROSTER)


@pytest.mark.parametrize("place", ["day_kem", "door_kem"])
@pytest.mark.parametrize("at", [0, 500, 1149])
def test_kem_key_that_nobody_can_seal_to_is_refused_when_it_is_read(place: str, at: int) -> None:
    """Of the 1184 bytes 1152 are numbers below 3329 in 12 bits each."""
    key = bytearray(day_kem(1))
    key[at : at + 3] = b"\xff\xff\xff"
    with pytest.raises(ProtocolError):
        parse_descriptor(sign_descriptor(replace(GOOD, **{place: bytes(key)}), identity_secret(1)), ROSTER)  # type: ignore[arg-type]


def test_door_kem_key_is_used_only_if_the_roster_names_its_hash() -> None:
    relay = ROSTER.relay(RelayId(1))
    other = replace(GOOD, door_kem=door_kem(2))
    assert door_key(relay, [other, GOOD]) == HybridPublic(relay.door, door_kem(1))
    assert door_key(relay, []) == door_key(relay, [other]) == curve_only(relay.door)


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


def test_day_keys_are_sealed_to_on_their_own_day_alone() -> None:
    days = range(TODAY - 3, TODAY + 4)
    assert [day for day in days if day_key(GOOD, day * DAY_S + 100.0) == GOOD.day_key] == [TODAY]
    assert [day for day in days if exchange_key(GOOD, day * DAY_S + 100.0)] == [TODAY]
    assert [day for day in days if link_key(GOOD, day * DAY_S + 100.0)] == [TODAY - 1, TODAY, TODAY + 1]
    assert exchange_key(GOOD, NOW) == HybridPublic(GOOD.day_key, GOOD.day_kem)
    assert link_key(GOOD, NOW) == HybridPublic(GOOD.link_key, GOOD.day_kem)


def test_day_key_outlives_the_longest_holds_of_any_roster() -> None:
    longest_s = 27 * HOUR_MS / 1000
    assert structs.replace(CONSTANTS, mean_hold_ms=HOUR_MS, page_ms=HOUR_MS).mean_hold_s * 27 == longest_s
    assert (TODAY + 1) * DAY_S + longest_s < day_key_erased_at(TODAY)


def test_slow_key_is_sealed_to_in_its_own_month_alone_and_leaves_a_courier_two() -> None:
    for months, key in [(-1, None), (0, GOOD.slow_key), (1, GOOD.next_slow_key), (2, None)]:
        moment = month_start(MONTH + months) + 1000.0
        assert slow_key(GOOD, moment) == key
        if key is not None:
            assert slow_key_erased_at(MONTH + months) - moment > 85 * DAY_S


def test_a_day_that_no_right_clock_has_reached_is_refused() -> None:
    for ahead in (-3000, -1, 0, 1, 2):
        check_day(replace(GOOD, day=TODAY + ahead), NOW)
    for ahead in (3, 365, 0xFFFE - TODAY):
        with pytest.raises(ProtocolError, match="time"):
            check_day(replace(GOOD, day=TODAY + ahead), NOW)


def test_one_descriptor_for_a_day_and_one_slow_key_for_a_month() -> None:
    later = replace(GOOD, day=TODAY + 1, day_key=b"e" * 32)
    assert not contradicts(GOOD, GOOD)
    assert not contradicts(later, GOOD)
    assert contradicts(replace(GOOD, day_key=b"e" * 32), GOOD)
    assert contradicts(replace(GOOD, crowd=40), GOOD)
    assert contradicts(replace(later, slow_key=b"t" * 32), GOOD)
    assert contradicts(replace(later, next_slow_key=b"t" * 32), GOOD)
    next_month = replace(later, day=day_of(month_start(MONTH + 1)), slow_key=GOOD.next_slow_key)
    assert not contradicts(next_month, GOOD)
    assert contradicts(replace(next_month, slow_key=b"t" * 32), GOOD)
    assert day_of(day_key_erased_at(TODAY)) == TODAY + 3
