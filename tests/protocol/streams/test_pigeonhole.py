"""Pigeonholes: erased states do not come back, stores are spread evenly and move only with their relay."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from protocol.seams import RelayId
from protocol.streams.epoch_chain import EpochChain
from protocol.streams.pigeonhole import (
    ChainRoot,
    ChainState,
    HoleSecret,
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


def secrets_of(state: ChainState, count: int) -> list[HoleSecret]:
    found = []
    for _ in range(count):
        secret, state = advance(state)
        found.append(secret)
    return found


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


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40)), max_size=30))
def test_a_chain_yields_an_index_until_it_is_spent_or_dropped(moves: list[tuple[bool, int]]) -> None:
    secrets = secrets_of(chain_start(ROOT), 80)
    chain, gone = EpochChain(chain_start(ROOT), 0, {}), set()
    for spend, index in moves:
        if spend:
            chain.spend(index)
            gone.add(index)
        else:
            chain.drop_below(index)
            gone.update(range(index))
        for looked in range(60):
            assert chain.find_secret(looked) == (None if looked in gone else secrets[looked])
        reloaded = EpochChain(chain.state, chain.next, dict(chain.kept))
        assert [reloaded.find_secret(looked) for looked in range(60)] == [chain.find_secret(n) for n in range(60)]


def test_what_is_kept_does_not_yield_a_spent_index() -> None:
    """All that can be derived from the kept bytes is searched for the erased secret."""
    chain = EpochChain(chain_start(ROOT), 0, {})
    secrets = secrets_of(chain_start(ROOT), 10)
    chain.spend(4)
    reachable = [chain.state, *chain.kept.values(), *secrets_of(chain.state, 5)]
    assert secrets[4] not in reachable
    assert [chain.kept[index] for index in range(4)] == secrets[:4]
