"""Letters without a network: with nothing lost they arrive in order, and nothing is sent twice."""

from client_cli.outbox.sending import take_place
from lab.skeleton.correspondents import START, Correspondence, Person
from protocol.community.constants import Constants
from protocol.letters.letter import LETTERS_AHEAD, MAX_PARTS, PARTS_AHEAD
from protocol.primitives.days import DAY_S
from protocol.seams import RelayId, SeededEntropy


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


def next_letter(person: Person, now: float) -> int | None:
    """The letter that a slot would carry, of whatever store."""
    entropy = SeededEntropy(bytes(32))
    found = (take_place(person.tx, RelayId(store), now, entropy) for store in range(3))
    return next((leaves.letter for leaves in found if leaves is not None), None)


def test_a_letter_that_is_lost_again_and_again_does_not_hold_up_a_thousand_short_ones() -> None:
    world = Correspondence(3, 0.0, Constants())
    one, other = world.person(), world.person()
    world.meet(one, other)
    for number in range(1, LETTERS_AHEAD + 2):
        one.write(1, number, 1, START)
    one.tx.execute("UPDATE parts SET next_try = ? WHERE letter = 1", (START + DAY_S,))
    for last in (LETTERS_AHEAD - 1, LETTERS_AHEAD):
        one.tx.execute("UPDATE parts SET arrived_at = 1 WHERE letter BETWEEN 2 AND ?", (last,))
        one.tx.execute("UPDATE letters_out SET arrived_at = 1 WHERE letter BETWEEN 2 AND ?", (last,))
        assert next_letter(one, START + 1) == (LETTERS_AHEAD if last < LETTERS_AHEAD else None)


def test_no_more_parts_leave_than_their_reader_has_room_for() -> None:
    world = Correspondence(3, 0.0, Constants())
    one, other = world.person(), world.person()
    world.meet(one, other)
    longest = PARTS_AHEAD // MAX_PARTS
    for number in range(1, longest + 2):
        one.write(1, number, MAX_PARTS, START)
    one.tx.execute("UPDATE parts SET next_try = ? WHERE letter < ?", (START + DAY_S, longest))
    assert next_letter(one, START + 1) == longest
    one.tx.execute("UPDATE parts SET next_try = ? WHERE letter = ?", (START + DAY_S, longest))
    assert next_letter(one, START + 1) is None
