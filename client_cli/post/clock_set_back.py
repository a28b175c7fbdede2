"""After the clock was set back: what was sent by a clock that was ahead is due again as if it had been sent now.

Invariant: nothing here moves while the clock only goes forward, and nothing makes, moves or skips a slot: it only says
again from when on something may take one. Each table is put right by its owner. Spec: docs/protocol.md, Re-sending.
Decision 90.
"""

from client_cli.people import contacts
from client_cli.post import fetches
from client_cli.streams import arrived, expected, in_flight
from client_cli.vault.transaction import Tx

__all__ = ["clock_went_back"]


def clock_went_back(tx: Tx, now: float) -> None:
    """Let no letter, cell, ack or fetch wait for a time that only a clock which was ahead took for near."""
    for owner in (in_flight, contacts, arrived, expected, fetches):
        owner.clock_went_back(tx, now)
