"""Shelves in memory: renaming follows a lost response, and no two shelves have one name."""

from hypothesis import given
from hypothesis import strategies as st

from relay.core.guard.shelves import FIRST_NUMBER, ShelfGroup
from relay.store.records import ShelfRow
from tests.kits.world import seeded

MARK_A, MARK_B, MARK_C = (bytes([n]) * 32 for n in (1, 2, 3))


def shelves(*rows: ShelfRow) -> ShelfGroup:
    return ShelfGroup(rows, len(rows), 100, seeded("shelves"))


def test_new_shelf_begins_at_the_first_number() -> None:
    group = shelves()
    assert group.find(MARK_A, MARK_A) is None
    row = group.use(MARK_A, MARK_A)
    assert (row.next_number, group.count) == (FIRST_NUMBER, 1)
    assert group.use(MARK_A, MARK_A) == row


def test_renaming_is_idempotent_and_follows_a_lost_response() -> None:
    group = shelves(ShelfRow(7, MARK_A, 5, 100))
    first = group.use(MARK_A, MARK_B)
    assert group.use(MARK_A, MARK_B) == first
    assert (first.id, first.name) == (7, MARK_B)
    assert group.use(MARK_B, MARK_B) == first
    assert group.count == 1


def test_of_two_who_rename_one_shelf_the_second_gets_another() -> None:
    """A copy of a client, that is: it must not go on beside the other unseen."""
    group = shelves(ShelfRow(7, MARK_A, 5, 100))
    group.use(MARK_A, MARK_B)
    other = group.use(MARK_A, MARK_C)
    assert (other.name, other.next_number, group.count) == (MARK_C, FIRST_NUMBER, 2)
    assert other.id != 7


def test_shelf_that_is_used_as_before_is_not_written() -> None:
    group = shelves(ShelfRow(7, MARK_A, 5, 100))
    group.use(MARK_A, MARK_A)
    assert group.changed == {}


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=30))
def test_no_two_shelves_ever_have_one_name(uses: list[tuple[int, int]]) -> None:
    group = shelves()
    rows: dict[int, ShelfRow] = {}
    for now_named, following in uses:
        row = group.use(bytes([now_named]) * 32, bytes([following]) * 32)
        assert row.name == bytes([following]) * 32
        rows |= group.changed
        names = [row.name for row in rows.values()]
        assert len(set(names)) == len(names)
