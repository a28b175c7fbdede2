"""What a network loses costs slots, and nothing else: letters arrive about as fast as the slots that are left allow."""

import pytest

from lab.skeleton.__main__ import deposits_a_day, one_with_many
from lab.skeleton.correspondents import START, Correspondence
from protocol.community.constants import Constants
from protocol.primitives.days import DAY_S

CONSTANTS = Constants()
LOST = 0.3
LETTERS = 300


def test_three_hundred_letters_at_thirty_percent_loss_take_little_more_than_their_slots() -> None:
    """Lost cells used to fill the window within a day, and the rest of the week passed without a place for anything."""
    days = LETTERS / (1 - LOST) / deposits_a_day(CONSTANTS)
    assert 1.4 < days < 1.6
    world = Correspondence(1, LOST, CONSTANTS)
    mother, daughter = world.person(), world.person()
    world.meet(mother, daughter)
    for number in range(LETTERS):
        mother.write(1, number + 1, 1, START)
    world.run(START + (days + 1) * DAY_S)
    assert mother.told(1) > 0.9 * LETTERS
    world.run(START + (days + 3) * DAY_S)
    assert len(daughter.got[1]) == LETTERS
    assert mother.told(1) >= 0.98 * LETTERS


def test_everybody_somebody_has_met_is_reached_within_two_days() -> None:
    assert one_with_many(6, LOST, CONSTANTS, 1)[-1] < 48


@pytest.mark.long
def test_thirty_people_somebody_has_met_are_reached_within_two_days() -> None:
    hours = [hour for seed in range(3) for hour in one_with_many(30, LOST, CONSTANTS, seed)]
    assert len(hours) == 3 * 60
    assert max(hours) < 48
