"""Invariant 1 where it begins: the schedule is drawn alone. See docs/protocol.md, "The schedule"."""

import contextlib
import itertools
import math
from collections import Counter
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from protocol.community.constants import Constants
from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.profile import Profile
from protocol.routes.schedule import SKIP_SLOTS_MAX, PlannedSlot, Schedule, blind_slot_s, middle_choices, window_w
from protocol.seams import RelayId
from tests.kits.communities import NOW, make_roster

KEYS = st.binary(min_size=32, max_size=32)
PROFILES = st.sampled_from(Profile)


def _slots(roster: Roster, count: int, guard: int = 0, key: bytes = bytes(32)) -> list[PlannedSlot]:
    schedule = Schedule.start(key, 0.0)
    slots = []
    for _ in range(count):
        slot, schedule = schedule.plan(roster, Profile.STANDARD, RelayId(guard))
        slots.append(slot)
    return slots


def _ks_p_value(samples: list[float], mean: float) -> float:
    """Kolmogorov-Smirnov against an exponential distribution: the asymptotic p value."""
    n = len(samples)
    cdf = [1 - math.exp(-sample / mean) for sample in sorted(samples)]
    distance = max(max((i + 1) / n - value, value - i / n) for i, value in enumerate(cdf))
    x = distance * (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n))
    return 2 * math.fsum((1 if k % 2 else -1) * math.exp(-2 * k * k * x * x) for k in range(1, 101))


SLOTS = _slots(make_roster(5, (0,)), 4000)


@given(KEYS, st.integers(1, 12), st.integers(1, 12), PROFILES)
def test_every_slot_takes_the_same_draws_whatever_the_roster(
    key: bytes, one: int, other: int, profile: Profile
) -> None:
    first, after_first = Schedule.start(key, NOW).plan(make_roster(one), profile, RelayId(0))
    second, after_second = Schedule.start(key, NOW).plan(make_roster(other), profile, RelayId(0))
    assert after_first == after_second
    assert (first.number, first.at, first.deposit) == (second.number, second.at, second.deposit)
    holds = [
        (slot.packet.hold_entry_s, slot.packet.hold_middle_s, slot.fetch.hold_entry_s, slot.fetch.hold_middle_s,
         slot.fetch.hold_back_s)
        for slot in (first, second)
    ]  # fmt: skip
    assert holds[0] == holds[1]
    _, blind = Schedule.start(key, NOW).plan_blind(120_000, profile)
    assert (blind.key, blind.number) == (after_first.key, after_first.number)
    assert blind.at == pytest.approx(after_first.at)


@given(KEYS, PROFILES)
def test_guard_decides_the_entry_and_nothing_drawn(key: bytes, profile: Profile) -> None:
    roster = make_roster(5, (0, 1))
    first, after_first = Schedule.start(key, NOW).plan(roster, profile, RelayId(0))
    second, after_second = Schedule.start(key, NOW).plan(roster, profile, RelayId(1))
    assert after_first == after_second
    assert first.at == second.at
    assert (first.packet.store, first.fetch.store) == (second.packet.store, second.fetch.store)
    assert {first.packet.entry, first.fetch.entry} == {0}
    assert {second.packet.entry, second.fetch.entry} == {1}


def test_key_ratchets_so_that_past_slots_cannot_be_drawn_again() -> None:
    schedule = Schedule.start(bytes(32), NOW)
    seen = set()
    for _ in range(100):
        seen.add(schedule.key)
        _, schedule = schedule.plan(make_roster(), Profile.GUARDED, RelayId(0))
    assert len(seen) == 100


def test_gaps_are_exponential_and_not_correlated() -> None:
    times = [0.0, *(slot.at for slot in SLOTS)]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert _ks_p_value(gaps, 120.0) > 0.01
    mean = sum(gaps) / len(gaps)
    variance = sum((gap - mean) ** 2 for gap in gaps)
    lag = sum((a - mean) * (b - mean) for a, b in itertools.pairwise(gaps)) / variance
    assert abs(lag) < 3 / math.sqrt(len(gaps))


def test_holds_are_exponential() -> None:
    for holds in [
        [slot.packet.hold_entry_s for slot in SLOTS],
        [slot.packet.hold_middle_s for slot in SLOTS],
        [slot.fetch.hold_entry_s for slot in SLOTS],
        [slot.fetch.hold_middle_s for slot in SLOTS],
        [slot.fetch.hold_back_s for slot in SLOTS],
    ]:
        assert _ks_p_value(holds, 300.0) > 0.01
    assert {slot.packet.hold_back_s for slot in SLOTS} == {0.0}


def test_the_test_of_distributions_notices_another_one() -> None:
    assert _ks_p_value([slot.packet.hold_entry_s for slot in SLOTS], 330.0) < 0.01
    assert _ks_p_value([120.0 * (1 + (i % 7) / 7) for i in range(4000)], 120.0) < 0.01


def test_store_is_uniform_over_the_whole_roster() -> None:
    for stores in [[slot.packet.store for slot in SLOTS], [slot.fetch.store for slot in SLOTS]]:
        counts = Counter(stores)
        expected = len(SLOTS) / 5
        assert sum((counts[RelayId(n)] - expected) ** 2 / expected for n in range(5)) < 13.28  # p = .01, 4 degrees


def test_four_in_ten_packet_fields_are_deposits() -> None:
    share = sum(slot.deposit for slot in SLOTS) / len(SLOTS)
    assert abs(share - 0.4) < 3 * math.sqrt(0.4 * 0.6 / len(SLOTS))


def test_deposit_packet_and_fetch_are_drawn_independently() -> None:
    pairs = Counter((slot.packet.store, slot.fetch.store) for slot in SLOTS)
    expected = len(SLOTS) / 25
    assert sum((pairs[RelayId(a), RelayId(b)] - expected) ** 2 / expected for a in range(5) for b in range(5)) < 42.98


@pytest.mark.parametrize(
    ("relays", "guards", "entry", "table"),
    [
        (1, (0,), 0, {0: {0}}),
        (2, (0, 1), 0, {0: {1}, 1: {1}}),
        (2, (0, 1), 1, {0: {0}, 1: {0}}),
        (3, (0,), 0, {0: {1, 2}, 1: {2}, 2: {1}}),
        (3, (0, 1, 2), 0, {0: {1, 2}, 1: {2}, 2: {1}}),
        (3, (0, 1, 2), 1, {0: {2}, 1: {0, 2}, 2: {0}}),
        (3, (0, 1), 0, {0: {2}, 1: {2}, 2: {1}}),
        (5, (0,), 0, {0: {1, 2, 3, 4}, 1: {2, 3, 4}, 2: {1, 3, 4}, 3: {1, 2, 4}, 4: {1, 2, 3}}),
        (5, (0, 1), 1, {0: {2, 3, 4}, 1: {2, 3, 4}, 2: {3, 4}, 3: {2, 4}, 4: {2, 3}}),
    ],
)
def test_middles_are_those_of_the_table(
    relays: int, guards: tuple[int, ...], entry: int, table: dict[int, set[int]]
) -> None:
    roster = make_roster(relays, guards)
    assert {s: set(middle_choices(roster, RelayId(entry), RelayId(s))) for s in range(relays)} == table
    drawn: dict[int, set[int]] = {s: set() for s in range(relays)}
    for slot in _slots(roster, 400, entry):
        for route in (slot.packet, slot.fetch):
            assert route.entry == entry
            drawn[route.store].add(route.middle)
    assert drawn == table


@pytest.mark.parametrize(
    ("relays", "guards", "entry", "silent", "table"),
    [
        (3, (0,), 0, {2}, {0: {1}, 1: {1}}),  # what a community of two does: 1 peels twice
        (3, (0,), 0, {1}, {0: {2}, 2: {2}}),
        (3, (0, 1), 1, {0}, {1: {2}, 2: {2}}),
        (5, (0,), 0, {4}, {0: {1, 2, 3}, 1: {2, 3}, 2: {1, 3}, 3: {1, 2}}),
        (5, (0, 1), 0, {3, 4}, {0: {2}, 1: {2}, 2: {1}}),
        (2, (0,), 0, {1}, {0: {1}, 1: {1}}),  # one alone is no way round
        (3, (0,), 0, {1, 2}, {0: {1, 2}, 1: {2}, 2: {1}}),
    ],
)
def test_packets_go_around_silent_relays(
    relays: int, guards: tuple[int, ...], entry: int, silent: set[int], table: dict[int, set[int]]
) -> None:
    roster = make_roster(relays, guards)
    drawn: dict[int, set[int]] = {s: set() for s in table}
    plain, schedule = Schedule.start(bytes(32), NOW), Schedule.start(bytes(32), NOW)
    for _ in range(300):
        slot, schedule = schedule.plan(roster, Profile.STANDARD, RelayId(entry), {RelayId(one) for one in silent})
        usual, plain = plain.plan(roster, Profile.STANDARD, RelayId(entry))
        for route in (slot.packet, slot.fetch):
            drawn[route.store].add(route.middle)
        assert (slot.at, slot.deposit, slot.packet.hold_entry_s) == (usual.at, usual.deposit, usual.packet.hold_entry_s)
    assert drawn == table
    assert schedule == plain, "the same draws, whoever is silent"


@given(st.integers(3, 12), st.data())
def test_middle_is_never_a_guard_nor_the_store_when_that_can_be_avoided(relays: int, data: st.DataObject) -> None:
    guards = tuple(data.draw(st.lists(st.integers(0, relays - 1), min_size=1, unique=True)))
    roster = make_roster(relays, guards)
    entry = data.draw(st.sampled_from(guards))
    for store in range(relays):
        choices = middle_choices(roster, RelayId(entry), RelayId(store))
        assert entry not in choices
        assert store not in choices
        if set(range(relays)) - set(guards) - {store}:
            assert not set(choices) & set(guards)


@given(KEYS, st.floats(0, 30 * 400.0), PROFILES)
def test_skipping_loses_exactly_the_slots_of_the_past(key: bytes, away_s: float, profile: Profile) -> None:
    roster = make_roster()
    mean_s = roster.constants.slot_s(profile)
    now = NOW + away_s
    schedule = Schedule.start(key, NOW)
    while schedule.next_at(mean_s) < now:
        _, schedule = schedule.plan(roster, profile, RelayId(0))
    skipped = Schedule.start(key, NOW).skip_to(now, mean_s)
    assert skipped == schedule
    slot, _ = skipped.plan(roster, profile, RelayId(0))
    assert slot.at == skipped.next_at(mean_s) >= now


def test_weeks_of_slots_are_skipped_quickly() -> None:
    began = process_time()
    skipped = Schedule.start(bytes(32), 0.0).skip_to(50_000 * 30.0, 30.0)
    assert process_time() - began < 3  # measured .12 s; the rest is for a slow machine and for tracing
    assert 48_000 < skipped.number < 52_000


def test_a_clock_far_in_the_future_does_not_keep_the_schedule_counting() -> None:
    now = 10.0 * SKIP_SLOTS_MAX
    skipped = Schedule.start(bytes(32), 0.0).skip_to(now, 0.5)
    assert skipped.number == SKIP_SLOTS_MAX
    assert now <= skipped.next_at(0.5) < now + 20


@given(KEYS, st.integers(0, 2**63), st.floats(0, 4e9))
def test_stored_schedule_decodes_to_itself(key: bytes, number: int, at: float) -> None:
    schedule = Schedule(key, number, at)
    assert Schedule.decode(schedule.encode()) == schedule
    assert key.hex() not in repr(schedule)


@given(st.binary(max_size=60))
@settings(max_examples=200)
def test_arbitrary_bytes_are_a_schedule_or_a_protocol_error(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert Schedule.decode(data).encode() == data


def test_a_stored_time_that_is_no_number_is_refused() -> None:
    for at in (math.nan, math.inf):
        with pytest.raises(ProtocolError):
            Schedule.decode(Schedule(bytes(32), 0, at).encode())


def test_a_schedule_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        Schedule.start(b"", 0.0)


def test_window_of_outstanding_answers() -> None:
    assert [window_w(Constants(), profile) for profile in Profile] == [4, 10, 33]
    quick = structs.replace(Constants(), reply_hold_ms=1)
    assert {window_w(quick, profile) for profile in Profile} == {3}


def test_blind_slots_keep_the_ratios_of_the_profiles() -> None:
    assert [blind_slot_s(120_000, profile) for profile in Profile] == [600.0, 120.0, 30.0]
    slot, after = Schedule.start(bytes(32), NOW).plan_blind(120_000, Profile.GUARDED)
    assert slot.at == Schedule.start(bytes(32), NOW).next_at(30.0) == after.at
    assert (slot.number, after.number) == (0, 1)


def test_schedule_draws_are_pinned() -> None:
    slot, after = Schedule.start(bytes(range(32)), 1e6).plan(make_roster(5, (0,)), Profile.STANDARD, RelayId(0))
    assert after.key.hex() == "cb117f9f6493f11d5369a7d29aafad9eff9b60918087834b601028442040208d"
    assert after.at == slot.at == pytest.approx(1000112.618623529, abs=1e-6)
    packet, fetch = slot.packet, slot.fetch
    assert (slot.deposit, packet.middle, packet.store, fetch.middle, fetch.store) == (False, 3, 0, 3, 4)
    assert [packet.hold_entry_s, packet.hold_middle_s] == pytest.approx([266.02084339968, 593.83402890863])
    assert [fetch.hold_entry_s, fetch.hold_middle_s, fetch.hold_back_s] == pytest.approx(
        [819.22988375819, 672.29465538414, 520.97217212085]
    )
