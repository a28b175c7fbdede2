"""Whether the guard has kept something from us for so long that another one is to be asked.

A guard cannot change what others signed, only leave it out: then keys of the day or the newest roster are missing,
while the seals of the others name them; or their seals are missing as well: then the guard's own keys are not agreed,
or, while the words that were shown still hold, no newer seals come.
Invariant: it follows from what the board showed and the clock, never from letters, and acts like exchanges that failed,
from the next packet that is prepared. Spec: docs/protocol.md, Fail-over.
Decision 107.
"""

import math
from typing import Final

import msgspec

from client_cli.community.relays import Network, is_withholding, words
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.seams import RelayId

__all__ = ["QUIET_SEALS", "WAIT_SEALS", "has_withheld"]

WAIT_SEALS: Final = 2
"""What is new at one relay is at every other one within minutes, and in its next seal."""
QUIET_SEALS: Final = 3
"""Every relay seals once in the time of a seal; by our clock only the time between exchanges is measured."""


class _Lasting(msgspec.Struct, frozen=True, array_like=True):
    """`newest`: the seals that were the newest ones all the while."""

    guard: RelayId
    since: float
    last: float
    newest: int = -1


def has_withheld(tx: Tx, network: Network, guard: RelayId, now: float) -> bool:
    """Note what the board of `guard` shows after an exchange; whether it has kept something back for `WAIT_SEALS`
    seals, or all seals of most of the others for `QUIET_SEALS`, in all of which we heard of it. To a newcomer that is
    any roster at all."""
    seal_s = network.constants.pages_per_seal * network.constants.page_s
    roster = network.roster
    newest = -1 if roster is None else words(tx, roster).newest(without=guard)
    # Having read to the end of the board we know what came in a pause.
    pause_s = math.inf if tx.get(Key.BOARD_BEHIND) == bytes(4) else seal_s
    left = roster is not None and _has_lasted(tx, Key.GUARD_QUIET, guard, newest, now, QUIET_SEALS * seal_s, pause_s)
    if roster is not None and not is_withholding(tx, roster, guard, now):
        _forget(tx, Key.GUARD_WITHHOLDS, Key.INVITED_AGAIN)
    elif _has_lasted(tx, Key.GUARD_WITHHOLDS, guard, -1, now, WAIT_SEALS * seal_s, seal_s):
        left = True
    if left:
        _forget(tx, Key.GUARD_WITHHOLDS, Key.GUARD_QUIET)
    return left


def _has_lasted(tx: Tx, key: Key, guard: RelayId, newest: int, now: float, wait_s: float, pause_s: float) -> bool:
    """Whether this has been so for `wait_s`, without a pause longer than `pause_s`."""
    data = tx.get(key)
    held = None if data is None else msgspec.msgpack.decode(data, type=_Lasting)
    if held is None or (held.guard, held.newest) != (guard, newest) or not 0 <= now - held.last <= pause_s:
        held = _Lasting(guard, now, now, newest)
    tx.put(key, msgspec.msgpack.encode(msgspec.structs.replace(held, last=now)))
    return now - held.since >= wait_s


def _forget(tx: Tx, *keys: Key) -> None:
    for key in keys:
        if tx.get(key) is not None:
            tx.delete(key)
