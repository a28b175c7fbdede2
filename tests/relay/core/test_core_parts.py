"""The pure parts of a relay core: pool, caps, shelves."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId, SeededEntropy
from relay.core.guard.shelves import FIRST_NUMBER, ShelfGroup
from relay.core.mix.caps import SOFT_SHARE, Cap, FairDraw, drop_chance
from relay.core.mix.pool import MixPool, next_tick_ms
from relay.store.records import ShelfRow
from tests.kits.world import seeded

PEER = RelayId(1)
ENTRIES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1000)), unique_by=lambda entry: entry[1], max_size=40)


@given(ENTRIES, st.integers(0, 60), st.integers(1, 10))
def test_pool_gives_what_is_due_earliest_first_and_once(entries: list[tuple[int, int]], now: int, limit: int) -> None:
    pool = MixPool((due, number, PEER, FrameKind.PACKET) for due, number in entries)
    taken: list[int] = []
    while batch := pool.claim(PEER, now, limit):
        assert len(batch) <= limit
        taken += batch
    assert taken == [number for due, number in sorted(entries) if due <= now]
    assert len(pool) == len(entries)
    rest = [due for due, _ in entries if due > now]
    assert pool.first_due(PEER) == (min(rest) if rest else None)


@given(ENTRIES, st.sets(st.integers(0, 1000)))
def test_dropped_packets_are_never_given(entries: list[tuple[int, int]], gone: set[int]) -> None:
    pool = MixPool((due, number, PEER, FrameKind.PACKET) for due, number in entries)
    pool.drop(gone)
    kept = [number for _, number in sorted(entries) if number not in gone]
    assert pool.travelling == len(pool) == len(kept)
    assert pool.claim(PEER, 100, 100) == kept


def test_withheld_packets_count_but_are_not_given() -> None:
    pool = MixPool([(1, 10, PEER, FrameKind.PIECE), (2, 11, PEER, FrameKind.REPLY)])
    pool.withhold([10])
    assert pool.claim(PEER, 9, 9) == [11]
    assert (len(pool), pool.travelling) == (2, 1)
    assert pool.stale(FrameKind.PIECE, 5) == [10]
    assert pool.bound_for_others([RelayId(2)]) == [10, 11]


@given(st.integers(0, 10**15), st.integers(1, 60_000))
def test_next_tick_is_on_the_grid_and_later(at_ms: int, tick_ms: int) -> None:
    tick = next_tick_ms(at_ms, tick_ms)
    assert tick % tick_ms == 0
    assert at_ms < tick <= at_ms + tick_ms


@given(st.integers(1, 10**6))
def test_drop_chance_rises_from_nothing_to_certainty(limit: int) -> None:
    assert drop_chance(0, limit) == drop_chance(int(limit * SOFT_SHARE), limit) == 0
    assert drop_chance(limit, limit) == drop_chance(2 * limit, limit) == 1


def test_counts_of_a_cap_start_again_with_the_interval_and_are_kept_apart_by_relay() -> None:
    fair = FairDraw(SeededEntropy(bytes(32)))
    assert [fair.count(Cap.FRAMES, 7, 1), fair.count(Cap.FRAMES, 7, 1), fair.count(Cap.FRAMES, 7, 2)] == [0, 1, 0]
    assert fair.count(Cap.FRAMES, 8, 1) == 0


MARK_A, MARK_B, MARK_C = (bytes([n]) * 32 for n in (1, 2, 3))


def shelves(*rows: ShelfRow) -> ShelfGroup:
    return ShelfGroup(rows, len(rows), 100, seeded("shelves"))


def test_new_shelf_begins_at_the_first_number() -> None:
    group = shelves()
    assert group.find(MARK_A, MARK_A) is None
    row = group.use(MARK_A, MARK_A)
    assert (row.next_number, row.former, group.count) == (FIRST_NUMBER, None, 1)
    assert group.use(MARK_A, MARK_A) == row


def test_renaming_is_idempotent_and_follows_a_lost_response() -> None:
    group = shelves(ShelfRow(7, MARK_A, None, 5, 100))
    first = group.use(MARK_A, MARK_B)
    assert group.use(MARK_A, MARK_B) == first
    assert (first.id, first.name, first.former) == (7, MARK_B, MARK_A)
    # The response was lost and the client chose another name meanwhile.
    other = group.use(MARK_A, MARK_C)
    assert (other.id, other.name) == (7, MARK_C)
    assert group.use(MARK_C, MARK_C).former is None
    assert group.count == 1


def test_shelf_that_is_used_as_before_is_not_written() -> None:
    group = shelves(ShelfRow(7, MARK_A, None, 5, 100))
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
