"""Counts that are only looked at: how often something happened since set-up.

Invariant: nothing that is sent, asked for or kept depends on one. The only writer of the table `tallies`.
Spec: docs/protocol.md, Vault.
"""

from enum import StrEnum, unique

from client_cli.vault.transaction import Tx

__all__ = ["Tally", "add", "count"]


@unique
class Tally(StrEnum):
    """What is counted."""

    LOOPS_SENT = "loops_sent"
    LOOPS_RETURNED = "loops_returned"
    BOARD_FINDINGS = "board_findings"  # what a board shows that it should not
    BOARD_MALFORMED = "board_malformed"  # stretches that no board can hold
    REPLIES_REFUSED = "replies_refused"  # answers whose cell broke a rule


def add(tx: Tx, what: Tally, more: int = 1) -> None:
    """Count so many more."""
    if more:
        tx.execute(
            "INSERT INTO tallies VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            (what, more),
        )


def count(tx: Tx, what: Tally) -> int:
    """How many were counted since set-up."""
    row = tx.find("SELECT value FROM tallies WHERE name = ?", (what,))
    return 0 if row is None else int(row[0])
