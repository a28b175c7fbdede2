"""Guards that do not know our shelf any more, again and again: each time we start afresh with everybody.

At a start it has to be believed, for another run from a copy of the vault looks the same. But that happens once, since
each run has a shelf of its own from then on: a guard that says so a second time is left and asked last, or saying it at
every start it could keep all letters from leaving, and use up the pigeonholes that a fresh start needs.
Invariant: it follows from network results and the clock alone, never from letters. The only reader and writer of
`Key.SHELVES_LOST`. Spec: docs/protocol.md, Fail-over.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.primitives.days import DAY_S
from protocol.primitives.waits import Wait
from protocol.seams import RelayId

__all__ = ["asked_last", "lost_again", "note_lost"]

AGAIN_S: Final = 30 * DAY_S


class _Loss(msgspec.Struct, frozen=True, array_like=True):
    """`at`: Unix seconds, the last time; `again`: there had been one less than `AGAIN_S` before."""

    at: float
    again: bool

    def is_over(self, now: float) -> bool:
        return Wait(self.at, AGAIN_S).is_over(now)


def note_lost(tx: Tx, guard: RelayId, now: float) -> None:
    """`guard` does not know the shelf that we have there."""
    losses = _load(tx)
    before = losses.get(guard)
    losses[guard] = _Loss(now, before is not None and not before.is_over(now))
    tx.put(Key.SHELVES_LOST, msgspec.msgpack.encode(losses))


def lost_again(tx: Tx, guard: RelayId, now: float) -> bool:
    """Whether this was noted at `now`, and not for the first time."""
    loss = _load(tx).get(guard)
    return loss is not None and loss.again and loss.at == now


def asked_last(tx: Tx, order: Sequence[RelayId], now: float) -> tuple[RelayId, ...]:
    """An order of guards, with those that lost a shelf again at its end."""
    losses = _load(tx)
    again = {guard for guard, loss in losses.items() if loss.again and not loss.is_over(now)}
    return tuple(sorted(order, key=lambda guard: guard in again))


def _load(tx: Tx) -> dict[RelayId, _Loss]:
    held = tx.get(Key.SHELVES_LOST)
    return {} if held is None else msgspec.msgpack.decode(held, type=dict[RelayId, _Loss])
