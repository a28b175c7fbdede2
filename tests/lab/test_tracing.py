"""Tracing back finds what can be found: sure where one person alone can have been it, and no surer than it is right."""

from collections.abc import Callable

import numpy as np
import pytest

from lab.attacks import readers, senders
from lab.attacks.collusion import trace_readers, trace_senders
from lab.attacks.crowds import Crowd, watch
from lab.attacks.posteriors import Posteriors
from lab.attacks.reading import LONGEST, asked_after
from protocol.profile import Profile

CROWD = Crowd(12, Profile.STANDARD)
TARGETS = 300


@pytest.mark.parametrize("attack", [senders.attack, readers.attack])
def test_attackers_are_as_often_right_as_they_think(attack: Callable[[Crowd, int, int], Posteriors]) -> None:
    found = attack(CROWD, TARGETS, 9)
    assert len(found.truth) > 200
    assert np.allclose(found.chances.sum(axis=1), 1)
    assert found.chances[np.arange(len(found.truth)), found.truth].min() > 0
    assert abs(found.top - found.hit_rate) < 0.07
    assert found.top > 1.2 / CROWD.users


def test_a_guard_that_stores_knows_more_than_others() -> None:
    watched = watch(CROWD, TARGETS, 9)
    for colluding, apart in (
        (trace_senders(watched, TARGETS), senders.attack(CROWD, TARGETS, 9)),
        (trace_readers(watched, TARGETS), readers.attack(CROWD, TARGETS, 9)),
    ):
        assert colluding.deficit > 2 * apart.deficit
        assert abs(colluding.top - colluding.hit_rate) < 0.07


def test_nobody_asks_before_the_first_example_and_anybody_may_later() -> None:
    chance = asked_after(np.array([2, 2, 3, 9, 60, 200]))
    assert chance[:2].sum() == 0
    assert chance[2] > chance[3] > chance[4] > 0
    assert chance[LONGEST] > 0
