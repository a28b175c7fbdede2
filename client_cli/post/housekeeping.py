"""What has to be in order before a slot is sealed, a bundle is packed or answers are unpacked.

Invariant: whoever seals or unpacks calls this first, in the same transaction, and nobody below does it again: inside it
streams stand in the epoch of the clock. Nothing here makes, moves or skips a slot. Spec: docs/protocol.md, Streams;
Loops; Re-sending.
"""

from client_cli.community.membership import find_roster
from client_cli.community.silence import forget_told
from client_cli.inbox.receiving import turn_letters
from client_cli.outbox.letters import expire
from client_cli.streams import in_flight, streams
from client_cli.streams.ratchets import forget_old_keys
from client_cli.vault.transaction import Tx
from protocol.seams import Entropy

__all__ = ["housekeeping"]


def housekeeping(tx: Tx, now: float, crypto: Entropy) -> None:
    """Streams follow the clock and the roster, our own begin as soon as there is one; keys of epochs that nobody looks
    into any more are forgotten; what a relay that fell silent had is due again; letters that wait are gone through once
    an epoch; those whose time is over end."""
    if find_roster(tx) is None:
        return
    streams.ensure_loops(tx, now, crypto)
    streams.roll(tx, now)
    for silence in forget_told(tx, now):
        in_flight.fell_silent(tx, silence.relay, silence.since, now)
    forget_old_keys(tx)
    turn_letters(tx, now)
    expire(tx, now)
