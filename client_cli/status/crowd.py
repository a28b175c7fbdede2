"""About how many people use the community: what its guards signed in their newest descriptors.

Invariant: only added up, never compared from day to day or with anything we know. Spec: docs/protocol.md, Descriptors.
"""

from typing import Final

from client_cli.community.membership import find_roster
from client_cli.community.relays import descriptors
from client_cli.vault.transaction import Tx
from protocol.primitives.days import day_of

__all__ = ["FEW", "find_crowd"]

FEW: Final = 20
"""Fewer people than this hide each other too little: Spec: docs/threats.md, Not protected at all."""
_RECENT_DAYS: Final = 2


def find_crowd(tx: Tx, now: float) -> int | None:
    """About how many were active on the day before, rounded down; None while no guard has told lately."""
    roster = find_roster(tx)
    if roster is None:
        return None
    told = {
        found.relay: found.crowd
        for found in descriptors(tx, roster)  # by day, so that the newest counts
        if found.relay in roster.guards and found.day >= day_of(now) - _RECENT_DAYS and found.crowd is not None
    }
    return sum(told.values()) if told else None
