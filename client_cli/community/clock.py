"""Our own clock: what confirms it, and how far ahead of it something of ours may be dated.

docs/protocol.md, Streams; Re-sending.
"""

from typing import Final

from client_cli.community.membership import find_roster
from client_cli.community.relays import descriptors
from client_cli.vault.transaction import Tx
from protocol.community.descriptor import DAYS_AHEAD
from protocol.primitives.days import DAY_S

__all__ = ["SEALED_AHEAD_S", "day_confirmed"]

SEALED_AHEAD_S: Final = 120.0
"""Packets are sealed some seconds ahead of their slot; what was sent later than this after now was sent by a wrong
clock."""


def day_confirmed(tx: Tx, at: float) -> bool:
    """Whether a majority of the relays signed a day that is at most one retention before `at`, by our clock.

    What cannot be taken back (chains hashed forward, texts erased) waits for this: a device whose clock was set a year
    ahead must not lose every relationship, and no relay alone may say that it is right. A courier's news may be some
    days old; more than retention is of no use.
    """
    roster = find_roster(tx)
    if roster is None:
        return False
    newest = dict.fromkeys(roster.numbers, 0)
    for known in descriptors(tx, roster):
        newest[known.relay] = max(newest[known.relay], known.day - DAYS_AHEAD)
    reached = sorted(newest.values(), reverse=True)[len(newest) // 2]
    return at <= (reached + 1) * DAY_S + roster.constants.retention_s
