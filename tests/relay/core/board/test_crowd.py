"""What a guard publishes about how many it served tells nothing about anybody."""

import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.community.descriptor import CROWD_MAX
from protocol.primitives.days import DAY_S, day_of
from protocol.seams import SeededEntropy
from relay.core.board.crowd import SCALE, told_crowd
from tests.kits.world import START, World


def chances(shelves: int) -> dict[int, float]:
    """P(published | shelves), from the noise's distribution P(z) = (1 - q) / (1 + q) q^|z| with q = exp(-1 / SCALE)."""
    q = math.exp(-1 / SCALE)
    found: dict[int, float] = {}
    for z in range(-400, 401):
        noised = max(0, shelves + z)
        step = 10 if noised < 100 else 50 if noised < 1000 else 500
        told = noised // step * step
        found[told] = found.get(told, 0.0) + (1 - q) / (1 + q) * q ** abs(z)
    return found


@pytest.mark.parametrize("shelves", [0, 1, 9, 10, 19, 20, 99, 100, 149, 999, 1000])
def test_one_person_more_changes_no_chance_by_more_than_was_said(shelves: int) -> None:
    without, with_one = chances(shelves), chances(shelves + 1)
    for told in without.keys() | with_one.keys():
        one, other = without.get(told, 0.0), with_one.get(told, 0.0)
        if max(one, other) > 1e-12:
            assert 1 / math.exp(1 / SCALE) - 1e-9 <= one / other <= math.exp(1 / SCALE) + 1e-9


@pytest.mark.parametrize("shelves", [0, 14, 120])
def test_what_is_drawn_has_the_distribution_that_was_said(shelves: int) -> None:
    entropy = SeededEntropy(bytes([shelves]) * 32)
    told = Counter(told_crowd(shelves, entropy) for _ in range(20_000))
    for value, chance in chances(shelves).items():
        assert told[value] / 20_000 == pytest.approx(chance, abs=0.015)


@given(st.integers(0, 10_000_000), st.binary(min_size=32, max_size=32))
def test_it_is_coarse_and_fits(shelves: int, seed: bytes) -> None:
    told = told_crowd(shelves, SeededEntropy(seed))
    assert 0 <= told <= CROWD_MAX
    assert told % (10 if told < 100 else 50) == 0 or told == CROWD_MAX


async def test_a_relay_counts_yesterday_once_and_keeps_to_it(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        assert [relay.descriptor.crowd for relay in world.relays if relay.descriptor is not None] == [None] * 3
        for number in range(60):
            await world.client(f"member {number}").exchange()
        world.now = (day_of(START) + 1) * DAY_S + 1
        await world.step()
        guard, other = world.relays[0].descriptor, world.relays[1].descriptor
        assert guard is not None
        assert other is not None
        assert 20 <= (guard.crowd or 0) <= 90
        assert (other.crowd or 0) <= 30
        for number in range(200):
            await world.client(f"newcomer {number}").exchange()
        await world.reopen(0)
        # Whatever is signed on this day says the same.
        async with world.stores[0].transaction() as tx:
            marks = await tx.state()
        assert (marks["crowd_day"], marks["crowd"]) == (day_of(START) + 1, guard.crowd)
        assert world.relays[0].descriptor == guard
        world.now = (day_of(START) + 2) * DAY_S + 1
        await world.step()
        following = world.relays[0].descriptor
        assert following is not None
        assert (following.crowd or 0) >= 100
