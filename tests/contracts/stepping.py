"""What steps on a store and on its model are made of."""

from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import strategies as st

from protocol.seams import RelayId
from relay.store.interface import Transaction
from tests.contracts.model import Model

Done = Callable[[Transaction, Model], Awaitable[None]]
"""Does one thing to both, and compares what they say of it."""

small = st.integers(0, 3)
relays = st.sampled_from([RelayId(1), RelayId(2)])
bodies = st.sampled_from([b"", b"a", b"bc" * 40])


def told(what: str, done: Done) -> Done:
    """A step whose name a failure shows."""
    done.__name__ = what
    return done


def writes(what: str, store: Callable[[Transaction], object], model: Callable[[Model], object]) -> Done:
    """A queued write."""

    async def done(tx: Transaction, there: Model) -> None:
        store(tx)
        model(there)

    return told(what, done)


def says(what: str, store: Callable[[Transaction], Awaitable[Any]], model: Callable[[Model], Any]) -> Done:
    """A step that tells something."""

    async def done(tx: Transaction, there: Model) -> None:
        expected = model(there)
        assert await store(tx) == expected

    return told(what, done)


def expired(rows: dict[Any, Any], gone: list[Any]) -> int:
    for key in gone:
        del rows[key]
    return len(gone)
