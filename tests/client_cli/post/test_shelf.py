"""The shelf: what is asked for next, and what the guard may forget."""

from hypothesis import given
from hypothesis import strategies as st

from client_cli.post.shelf import FIRST_REPLY, Shelf, answered, is_gone, new_shelf, number_to_collect, renamed
from tests.kits.small_network import seeded


def fresh() -> Shelf:
    return new_shelf(seeded("shelf"))


def ask_and_answer(shelf: Shelf, waiting: set[int], end: int, *, asked: int | None = None) -> tuple[Shelf, int | None]:
    """One exchange with a guard that holds `waiting` of the numbers below `end`."""
    number = number_to_collect(shelf, ()) if asked is None else asked
    reply = min((n for n in waiting if n >= number), default=None)
    return answered(shelf, shelf.next_name, number, shelf.durable, reply, end), reply


def test_replies_are_collected_one_by_one_and_become_durable() -> None:
    shelf, taken = fresh(), []
    for _ in range(3):
        shelf, reply = ask_and_answer(shelf, {1, 2, 3}, 4)
        taken.append(reply)
    assert taken == [1, 2, 3]
    assert shelf.durable == 4
    assert shelf.collected == ()


def test_overlapping_exchanges_ask_for_different_numbers() -> None:
    shelf = fresh()
    assert number_to_collect(shelf, {1}) == 2
    shelf, _ = ask_and_answer(shelf, {1, 2}, 3, asked=2)
    assert shelf.durable == FIRST_REPLY
    assert number_to_collect(shelf, ()) == 1
    shelf, _ = ask_and_answer(shelf, {1, 2}, 3, asked=1)
    assert shelf.durable == 3


def test_an_empty_answer_promises_nothing_about_later_numbers() -> None:
    shelf, reply = ask_and_answer(fresh(), set(), 1)
    assert reply is None
    assert number_to_collect(shelf, ()) == 1


def test_a_shelf_the_guard_lost_is_counted_from_the_start() -> None:
    shelf = fresh()
    for _ in range(5):
        shelf, _ = ask_and_answer(shelf, {1, 2, 3, 4, 5}, 6)
    shelf, _ = ask_and_answer(shelf, set(), 1)
    assert shelf.durable == FIRST_REPLY


def test_a_late_answer_does_not_take_a_later_state_back() -> None:
    shelf = fresh()
    early = shelf
    for _ in range(3):
        shelf, _ = ask_and_answer(shelf, {1, 2, 3}, 4)
    assert answered(shelf, early.next_name, 1, early.durable, None, 1) == shelf


def test_the_name_changes_and_is_repeated_until_an_answer() -> None:
    crypto = seeded("names")
    pending = renamed(fresh(), crypto)
    assert pending.name == fresh().name != pending.next_name
    assert renamed(pending, crypto) == pending
    done = answered(pending, pending.next_name, 1, 1, None, 1)
    assert done.name == done.next_name == pending.next_name
    assert renamed(done, crypto).next_name != done.name


def test_a_shelf_is_gone_when_the_guard_counts_from_below_what_is_durable() -> None:
    shelf, _ = ask_and_answer(fresh(), {1, 2}, 3)
    assert shelf.durable == 2
    assert is_gone(shelf, shelf.next_name, 2, 1)
    assert not is_gone(shelf, shelf.next_name, 2, 2)
    assert not is_gone(shelf, shelf.next_name, 1, 1)  # asked before the last answer
    assert not is_gone(shelf, bytes(16), 2, 1)  # asked of another shelf


def test_an_answer_for_another_shelf_changes_nothing() -> None:
    shelf = fresh()
    assert answered(shelf, bytes(16), 1, 1, 1, 2) == shelf


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.one_of(st.none(), st.integers(0, 2**32 - 1)))
def test_whatever_a_guard_says_only_taken_numbers_become_durable(asked: int, end: int, reply: int | None) -> None:
    shelf = answered(fresh(), fresh().next_name, asked, 1, reply, end)
    assert shelf.durable <= max(end, 1 if reply is None else reply + 1, 1)
    assert len(shelf.collected) <= 4096


@given(st.lists(st.tuples(st.sets(st.integers(0, 3)), st.booleans()), max_size=40))
def test_every_reply_is_collected_once_whatever_is_lost(rounds: list[tuple[set[int], bool]]) -> None:
    shelf, end, waiting = fresh(), 1, set[int]()
    taken: list[int] = []
    for new, lost in rounds:
        for _ in new:
            waiting.add(end)
            end += 1
        waiting = {n for n in waiting if n >= shelf.durable}
        if not lost:
            shelf, reply = ask_and_answer(shelf, waiting, end)
            taken += [] if reply is None else [reply]
    assert taken == sorted(set(taken))
    assert all(n in taken for n in range(1, shelf.durable))
