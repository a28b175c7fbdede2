"""A chain of pigeonholes: what is spent or dropped does not come back, and all else does."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.streams.epoch_chain import EpochChain
from protocol.streams.pigeonhole import (
    ChainRoot,
    ChainState,
    HoleSecret,
    advance,
    chain_start,
)

ROOT = ChainRoot(bytes(range(32)))


def secrets_of(state: ChainState, count: int) -> list[HoleSecret]:
    found = []
    for _ in range(count):
        secret, state = advance(state)
        found.append(secret)
    return found


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
