"""The pool gives each packet once, when it is due, and links send on a grid."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId
from relay.core.mix.pool import MixPool, next_tick_ms

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
