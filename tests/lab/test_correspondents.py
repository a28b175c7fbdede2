"""Letters without a network: with nothing lost they arrive in order, and nothing is sent twice."""

from lab.skeleton.correspondents import START, Correspondence
from protocol.community.constants import Constants
from protocol.primitives.days import DAY_S


def test_without_losses_every_letter_takes_one_cell() -> None:
    world = Correspondence(3, 0.0, Constants())
    one, other = world.person(), world.person()
    world.meet(one, other)
    for number in range(20):
        one.write(1, number + 1, 1, START)
    world.run(START + DAY_S)
    assert len(other.got[1]) == one.told(1) == 20
    assert world.deposits <= 40, "a cell for each letter, and acks"


def test_what_is_lost_is_sent_again() -> None:
    world = Correspondence(3, 0.5, Constants())
    one, other = world.person(), world.person()
    world.meet(one, other)
    one.write(1, 1, 1, START)
    world.run(START + 10 * DAY_S)
    assert len(other.got[1]) == 1
