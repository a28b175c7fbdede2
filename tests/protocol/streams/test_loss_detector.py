"""The CUSUM on loops notices a relay that drops, soon, and an honest network hardly ever."""

import random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.community.constants import Constants
from protocol.profile import Profile
from protocol.streams.loss_detector import (
    BASELINE_LOSS,
    DROPPED,
    FALSE_ALARM_DAYS,
    OVERDUE_STEP,
    Cusum,
    limit_for,
    mean_run,
)

CONSTANTS = Constants()
LOSS_WITH_DROPS = 1 - (1 - BASELINE_LOSS) * (1 - DROPPED)
# Median hours until 10 % drops are noticed, at most: the anonymity lab's M12. What is left of them is the time until a
# loop is overdue (client_cli.streams.loops).
NOTICED_WITHIN_H = {Profile.METERED: 26, Profile.STANDARD: 8, Profile.GUARDED: 3}


def loops_an_hour(profile: Profile) -> float:
    return CONSTANTS.deposit_permille / 1000 * 3600 / CONSTANTS.slot_s(profile)


def limit_of(profile: Profile) -> int:
    return limit_for(round(loops_an_hour(profile) * 24 * FALSE_ALARM_DAYS))


def run_length(draws: random.Random, loss: float, limit: int) -> int:
    state, count = Cusum(), 0
    while not state.alarmed:
        state = state.after(overdue=draws.random() < loss, limit=limit)
        count += 1
    return count


def test_the_step_is_that_of_the_likelihood_ratio() -> None:
    assert OVERDUE_STEP == 17


@pytest.mark.parametrize("profile", list(Profile))
def test_ten_percent_drops_are_noticed_in_time(profile: Profile) -> None:
    draws = random.Random(f"noticed {profile.name}")
    runs = [run_length(draws, LOSS_WITH_DROPS, limit_of(profile)) for _ in range(1000)]
    assert median(runs) / loops_an_hour(profile) < 0.7 * NOTICED_WITHIN_H[profile]


@pytest.mark.parametrize("profile", list(Profile))
def test_an_honest_network_alarms_about_once_in_ninety_days(profile: Profile) -> None:
    days = mean_run(BASELINE_LOSS, limit_of(profile)) / loops_an_hour(profile) / 24
    assert FALSE_ALARM_DAYS <= days <= 1.2 * FALSE_ALARM_DAYS


def test_mean_runs_are_those_of_a_simulation() -> None:
    draws = random.Random("mean runs")
    for loss, limit in ((BASELINE_LOSS, 35), (LOSS_WITH_DROPS, 51), (0.3, 80)):
        runs = [run_length(draws, loss, limit) for _ in range(600)]
        assert sum(runs) / len(runs) == pytest.approx(mean_run(loss, limit), rel=0.15)


def test_the_limit_is_the_lowest_that_holds_the_promise() -> None:
    limit = limit_for(5000)
    assert mean_run(BASELINE_LOSS, limit - 1) < 5000 <= mean_run(BASELINE_LOSS, limit)


@given(st.lists(st.booleans(), max_size=300), st.integers(1, 120))
def test_an_alarm_begins_at_the_limit_and_ends_at_nothing(outcomes: list[bool], limit: int) -> None:
    state = Cusum()
    for overdue in outcomes:
        before, state = state, state.after(overdue=overdue, limit=limit)
        assert 0 <= state.score <= limit
        assert state.overdue <= state.judged
        assert (state.score == 0) == (state == Cusum())
        if state.alarmed and not before.alarmed:
            assert overdue
            assert state.score == limit
        if before.alarmed and not state.alarmed:
            assert state == Cusum()


def test_counts_begin_where_the_change_probably_did() -> None:
    state = Cusum()
    for overdue in [False] * 50 + [True, False, False, True]:
        state = state.after(overdue=overdue, limit=100)
    assert (state.judged, state.overdue) == (4, 2)
