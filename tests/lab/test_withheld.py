"""What A8 counts: clients who live through their slots with the product's own choice of the guard."""

import numpy as np
import pytest

from lab.attacks.withheld import ALL_H, Client, alarms, left_h
from lab.worlds.scenarios import START
from protocol.primitives.days import DAY_S
from protocol.profile import Profile
from protocol.streams.loss_detector import BASELINE_LOSS


@pytest.mark.parametrize("profile", Profile)
def test_a_guard_that_keeps_everything_back_is_left_in_time_and_an_honest_one_not(profile: Profile) -> None:
    assert left_h(profile, 1, 1.0, ALL_H[profile]) < ALL_H[profile]
    assert left_h(profile, 1, 0.0, ALL_H[profile]) == 4 * ALL_H[profile]


def test_where_nothing_is_lost_no_reply_is_taken_for_missing() -> None:
    client = Client(Profile.STANDARD, 2)
    client.live(START + DAY_S, {}, lost=0.0)
    held = client.tx.find("SELECT max(id), count(*) FILTER (WHERE carrier IS NULL) FROM outstanding")
    assert held is not None
    asked, missing = held
    assert asked > 400
    assert missing == 0


def test_moves_are_bounded_when_every_guard_keeps_everything_back() -> None:
    client = Client(Profile.METERED, 3)
    client.live(START + 6 * DAY_S, {0: 1.0, 1: 1.0})
    assert len(client.moves) == 2 * 6


def test_the_whole_rule_raises_no_alarm_where_a_few_are_lost_and_many_where_a_tenth_more_is() -> None:
    draws = np.random.default_rng(4)
    assert alarms(Profile.STANDARD, BASELINE_LOSS, 20_000, draws) == 0
    assert alarms(Profile.STANDARD, 0.12, 20_000, draws) > 20
