"""Poison: what raises something unforeseen is found by halving, so that it stops nobody but itself.

Invariant: what the store says of itself (StoreFailed) is nobody's fault and is passed on at once.
Spec: docs/protocol.md, Relay.
Decision 112.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from relay.errors import StoreFailed

_Item = TypeVar("_Item")


async def find_culprits(
    items: Sequence[_Item], do: Callable[[Sequence[_Item]], Awaitable[None]]
) -> list[tuple[_Item, Exception]]:
    """Do all of `items` at once, or in ever smaller halves when that raises; those that raise alone, with what.

    `do` must undo what it began when it raises: a transaction. StoreFailed: some of them were perhaps done.
    """
    try:
        await do(items)
    except StoreFailed:
        raise
    except Exception as error:
        if len(items) <= 1:
            return [(item, error) for item in items]
        middle = len(items) // 2
        return await find_culprits(items[:middle], do) + await find_culprits(items[middle:], do)
    return []
