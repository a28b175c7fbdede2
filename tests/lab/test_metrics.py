"""Metrics of the anonymity table that take no world: quick forms of what `make lab` runs."""

import pytest

from lab.attacks.crowds import Crowd
from lab.metrics.latency import DAY_MIN, LETTERS, letter_minutes
from lab.metrics.pool_theory import NEW_CHANCE, OLD_CHANCE, pool_entropy, theorem_1
from lab.metrics.schedule import P_LEAST, correlated, fit, planned_gaps
from lab.worlds.world import World
from protocol.community.constants import Constants
from protocol.profile import Profile


def test_pool_gives_the_chances_of_loopix_theorem_1() -> None:
    old, new = theorem_1(4000, World.stream(17, "holds"))
    assert old == pytest.approx(OLD_CHANCE, abs=0.006)
    assert new == pytest.approx(NEW_CHANCE, abs=0.006)
    old, _ = theorem_1(200, World.stream(17, "holds"), alike=True)
    assert old == pytest.approx(1 / 6)


def test_pool_gives_the_entropy_of_danezis_equation_13() -> None:
    assert pool_entropy(5, 4000, World.stream(18, "rate 5")) == pytest.approx(3.76, abs=0.1)


@pytest.mark.parametrize("profile", Profile)
def test_gaps_of_the_schedule_are_exponential_and_independent(profile: Profile) -> None:
    constants = Constants()
    gaps = planned_gaps(profile, 3000, constants)
    assert fit(gaps, constants.slot_s(profile)) > P_LEAST
    assert correlated("", gaps).ok


def test_every_letter_of_a_crowd_arrives_in_the_skeleton() -> None:
    minutes = letter_minutes(Crowd(20, Profile.STANDARD))
    assert len(minutes) == LETTERS
    assert max(minutes) < DAY_MIN
