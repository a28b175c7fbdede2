"""Loops: cells a client leaves for itself, through the code that letters go through.

Invariant: a loop differs from a letter's cell in nothing an outsider can see; what came back is counted, so that a person is told when
the relays lose things. docs/protocol.md, Loops.
"""

from client_cli.outbox import Deposit
from client_cli.tx import Tx
from protocol.seams import Entropy, RelayId

__all__ = ["next_loop"]


def next_loop(tx: Tx, store: RelayId, now: float, entropy_crypto: Entropy) -> Deposit | None:
    """Claim an index of our own stream for this store and seal random content; None when the window has none (then leave random bytes
    at a random hole). Its way back is inbox.accept_cell, like every cell's."""
    return None
