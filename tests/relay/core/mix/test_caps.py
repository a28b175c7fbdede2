"""Caps: whoever comes is dropped by chance, more likely the fuller it is."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from protocol.seams import SeededEntropy
from relay.core.mix.caps import SOFT_SHARE, Cap, FairDraw, drop_chance


@given(st.integers(1, 10**6))
def test_drop_chance_rises_from_nothing_to_certainty(limit: int) -> None:
    assert drop_chance(0, limit) == drop_chance(int(limit * SOFT_SHARE), limit) == 0
    assert drop_chance(limit, limit) == drop_chance(2 * limit, limit) == 1


def test_drop_chance_is_fair_long_before_the_limit() -> None:
    """Whoever comes last would be dropped otherwise, and whoever comes first never."""
    chances = [drop_chance(used, 1000) for used in range(int(1000 * SOFT_SHARE), 1001, 10)]
    steps = [after - before for before, after in pairwise(chances)]
    assert min(steps) > 0
    assert max(steps) < 2 * min(steps)


def test_counts_of_a_cap_start_again_with_the_interval_and_are_kept_apart_by_relay() -> None:
    fair = FairDraw(SeededEntropy(bytes(32)))
    assert [fair.count(Cap.FRAMES, 7, 1), fair.count(Cap.FRAMES, 7, 1), fair.count(Cap.FRAMES, 7, 2)] == [0, 1, 0]
    assert fair.count(Cap.FRAMES, 8, 1) == 0
