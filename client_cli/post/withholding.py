"""Whether the guard has kept something from us for so long that another one is to be asked.

A guard cannot change what others signed, only leave it out: then keys of the day or the newest roster are missing,
while the seals of the others name them; or their seals are missing as well: then the guard's own keys are not agreed,
or, while the words that were shown still hold, no newer seals come; or pages are missing or changed, and do not fit
their seals.
Invariant: it follows from what the board showed and the clock, never from letters, and acts like exchanges that failed,
from the next packet that is prepared. Spec: docs/protocol.md, Fail-over.
Decisions 107, 121.
"""

import math
from typing import Final

import msgspec

from client_cli.board.broken_pages import broken_pages
from client_cli.community.relays import Network, is_withholding, words
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.primitives.waits import Wait
from protocol.profile import Profile
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
    roster = network.roster
    seal_s = _seal_s(network)
    newest = -1 if roster is None else words(tx, roster).newest(without=guard)
    # Having read to the end of the board we know what came in a pause.
    pause_s = math.inf if tx.get(Key.BOARD_BEHIND) == bytes(4) else seal_s
    left = roster is not None and _has_lasted(tx, Key.GUARD_QUIET, guard, newest, now, QUIET_SEALS * seal_s, pause_s)
    if roster is not None and not is_withholding(tx, roster, guard, now):
        _forget(tx, Key.GUARD_WITHHOLDS, Key.INVITED_AGAIN)
    elif _has_lasted(tx, Key.GUARD_WITHHOLDS, guard, -1, now, WAIT_SEALS * seal_s, seal_s):
        left = True
    if roster is not None and _pages_are_broken(tx, network, guard, now):
        left = True
    if left:
        _forget(tx, Key.GUARD_WITHHOLDS, Key.GUARD_QUIET)
    return left


def _seal_s(network: Network) -> float:
    """The time from seal to seal; to a newcomer, who knows only the pace of the invitation, that of a network of this
    pace."""
    fixed = network.constants
    seal_s = fixed.pages_per_seal * fixed.page_s
    if network.roster is not None:
        return seal_s
    return seal_s * network.slot_s(Profile.STANDARD) / fixed.slot_s(Profile.STANDARD)


def _pages_are_broken(tx: Tx, network: Network, guard: RelayId, now: float) -> bool:
    """Whether pages of the guard, or of two others, did not fit their seals twice: one other may have sealed falsely.
    Two may have, together; so a guard is left for that at most once in the time after which one is returned to."""
    broken = broken_pages(tx, network.constants)
    if guard not in broken and len(broken) < 2:
        return False
    data = tx.get(Key.GUARD_BROKE)
    if data is not None and not Wait(float(data), network.constants.guard_return_ms / 1000).is_over(now):
        return False
    tx.put(Key.GUARD_BROKE, repr(now).encode())
    return True


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
