"""After the clock was set back: what was sent by a clock that was ahead is due again as if it had been sent now.

Invariant: nothing here moves while the clock only goes forward, and nothing makes, moves or skips a slot: it only says
again from when on something may take one. docs/protocol.md, Re-sending.
"""

from typing import Final

from client_cli.community.membership import constants
from client_cli.vault.transaction import Tx
from protocol.primitives.sampling import EXPONENTIAL_CAP

__all__ = ["take_back_future"]

AHEAD_S: Final = 120.0
"""Packets are sealed some seconds ahead of their slot; what was sent later than this after now was sent by a wrong
clock."""


def take_back_future(tx: Tx, now: float) -> None:
    """Let no cell, ack or fetch wait for a time that only a clock which was ahead took for near."""
    fixed = constants(tx)
    for contact, letter, part, sent_at in tx.all(
        "SELECT contact, letter, part, MAX(sent_at) FROM in_flight WHERE letter IS NOT NULL"
        " GROUP BY contact, letter, part HAVING MAX(sent_at) > ?",
        (now + AHEAD_S,),
    ):
        tx.execute(
            "UPDATE parts SET next_try = next_try - ? WHERE contact = ? AND letter = ? AND part = ? AND next_try > ?",
            (sent_at - now, contact, letter, part, sent_at),
        )
    tx.execute("UPDATE in_flight SET sent_at = ? WHERE sent_at > ?", (now, now + AHEAD_S))
    # Waits for an ack are drawn: hardly any is longer than this, and an ack that leaves early tells nothing.
    latest_ack = now + AHEAD_S + EXPONENTIAL_CAP * fixed.ack_wait_ms / 1000
    tx.execute("UPDATE contacts SET ack_due = ? WHERE ack_due > ?", (now, latest_ack))
    # Kept: a take is presented after its two holds, and not again for an hour.
    latest_asked = now + AHEAD_S + 2 * EXPONENTIAL_CAP * fixed.mean_hold_s
    tx.execute("UPDATE expected SET asked_at = ? WHERE asked_at > ?", (now, latest_asked))
    tx.execute("UPDATE outstanding SET sent_at = ?, give_up_at = ? WHERE sent_at > ?", (now, now, now + AHEAD_S))
