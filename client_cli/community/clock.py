"""Our own clock: what confirms it, and how far ahead of it something of ours may be dated.

Spec: docs/protocol.md, Streams; Re-sending.
Decision 110.
"""

from typing import Final

from client_cli.community.membership import find_roster
from client_cli.community.relays import descriptors
from client_cli.vault.transaction import Tx
from protocol.community.descriptor import DAYS_AHEAD
from protocol.primitives.days import DAY_S, day_of

__all__ = ["SEALED_AHEAD_S", "certainly_past_s", "day_confirmed", "day_reached", "may_be_over"]

SEALED_AHEAD_S: Final = 120.0
"""Packets are sealed some seconds ahead of their slot; what was sent later than this after now was sent by a wrong
clock."""


def day_confirmed(tx: Tx, at: float) -> bool:
    """Whether a majority of the relays signed a day that is at most one retention before `at`, by our clock.

    What cannot be taken back (chains hashed forward, texts erased) waits for this: a device whose clock was set a year
    ahead must not lose every relationship, and no relay alone may say that it is right. A courier's news may be some
    days old; more than retention is of no use.
    """
    roster, reached = find_roster(tx), day_reached(tx)
    return roster is not None and reached is not None and at <= (reached + 1) * DAY_S + roster.constants.retention_s


def certainly_past_s(now: float, reached: int) -> float:
    """The time that both our clock and the day that relays have signed have come to."""
    return min(now, (reached + 1) * DAY_S - 1)


def may_be_over(last_day: int, now: float, reached: int | None) -> bool:
    """Whether somebody who has read more than we may take `last_day` for past by `certainly_past_s`: what we have read
    may be a day old."""
    return max(day_of(now), reached or 0) + 1 >= last_day


def day_reached(tx: Tx) -> int | None:
    """The newest UTC day that a majority of the relays has signed, whatever our clock says; None without a roster."""
    roster = find_roster(tx)
    if roster is None:
        return None
    newest = dict.fromkeys(roster.numbers, 0)
    for known in descriptors(tx, roster):
        newest[known.relay] = max(newest[known.relay], known.day - DAYS_AHEAD)
    return sorted(newest.values(), reverse=True)[len(newest) // 2]
