"""Pigeonholes: erased states do not come back, stores are spread evenly and move only with their relay."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from protocol.seams import RelayId
from protocol.streams.pigeonhole import (
    ChainRoot,
    ChainState,
    advance,
    cell_key_of,
    chain_start,
    epoch_of,
    hole_of,
    next_root,
    pigeonhole_of,
    root_after,
    step,
    store_of,
    take_of,
)

ROOT = ChainRoot(bytes(range(32)))
RELAYS = [RelayId(n) for n in (0, 3, 9)]


def test_step_yields_the_pigeonhole_of_the_index_secret() -> None:
    state = chain_start(ROOT)
    secret, following = advance(state)
    assert step(state, RELAYS) == (pigeonhole_of(secret, RELAYS), following)
    hole = pigeonhole_of(secret, RELAYS)
    assert (hole.take, hole.cell_key) == (take_of(secret), cell_key_of(secret))
    assert len({hole.take, hole.cell_key, hole_of(hole.take), secret, following}) == 5


def test_roots_of_later_epochs_follow_by_hashing() -> None:
    assert root_after(ROOT, 0) == ROOT
    assert root_after(ROOT, 3) == next_root(next_root(next_root(ROOT)))


def test_an_epoch_begins_on_its_boundary() -> None:
    assert epoch_of(604_799.999, 604_800) == 0
    assert epoch_of(604_800, 604_800) == 1


def test_stores_are_uniform_over_the_relays() -> None:
    counts = Counter(store_of(advance(ChainState(bytes([n % 256, n // 256] * 16)))[0], RELAYS) for n in range(3000))
    assert all(abs(counts[relay] - 1000) < 150 for relay in RELAYS)


@given(st.binary(min_size=32, max_size=32), st.sets(st.integers(0, 255), min_size=2, max_size=8))
def test_a_store_stays_when_another_relay_leaves(state: bytes, numbers: set[int]) -> None:
    secret, _ = advance(ChainState(state))
    relays = [RelayId(number) for number in numbers]
    store = store_of(secret, relays)
    for gone in relays:
        if gone != store:
            assert store_of(secret, [relay for relay in relays if relay != gone]) == store
