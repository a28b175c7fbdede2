"""Loops: cells a client leaves for itself, through the code that letters go through.

Invariant: a loop differs from a letter's cell in nothing an outsider can see; what came back is counted, so that a
person is told when relays lose things. docs/protocol.md, Loops.
"""

from typing import Final

from client_cli.community.membership import constants, relays
from client_cli.streams import in_flight, loop_watch, streams
from client_cli.streams.deposit import Deposit
from client_cli.vault.settings import get_settings
from client_cli.vault.transaction import Tx
from protocol.seams import Entropy, RelayId
from protocol.streams.cell import MESSAGE_BYTES, seal_cell
from protocol.streams.pigeonhole import hole_of
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import SendStream

__all__ = ["LOOPS_RETURNED", "LOOPS_SENT", "add_tally", "next_loop", "returned", "tally"]

LOOPS_SENT: Final = "loops_sent"
LOOPS_RETURNED: Final = "loops_returned"


def next_loop(tx: Tx, store: RelayId, now: float, entropy_crypto: Entropy) -> Deposit | None:
    """Claim an index of our own stream for this store and seal random content.

    None when the roster is not known yet or the window has no index for `store` (then leave random bytes at a random
    hole: nobody can tell). Its way back is `arriving.accept_cell`, like every cell's. One that is overdue is given up,
    else it would hold the window of 64 for the rest of the epoch; if it comes while its place is watched it counts.
    """
    streams.ensure_loops(tx, now, entropy_crypto)
    streams.roll(tx, now)
    send = streams.find_send(tx, streams.LOOPS)
    if send is None:
        return None
    patience_s = loop_watch.patience_s(constants(tx), get_settings(tx).profile, len(relays(tx)))
    overdue = tx.all(
        "SELECT epoch, idx FROM in_flight WHERE contact = ? AND sent_at < ?", (streams.LOOPS, now - patience_s)
    )
    for epoch, index in overdue:
        send.give_up(epoch, index)
    tx.execute("DELETE FROM in_flight WHERE contact = ? AND sent_at < ?", (streams.LOOPS, now - patience_s))
    taken = send.claim(store)
    if taken is not None:
        in_flight.record_sent(tx, streams.LOOPS, (taken.epoch, taken.index), None, None, now)
        add_tally(tx, LOOPS_SENT)
    if overdue:
        receive = streams.find_receive(tx, streams.LOOPS)
        if receive is not None:
            _move_windows(tx, send, receive)
    elif taken is not None:
        streams.save_send(tx, streams.LOOPS, send)
    if taken is None:
        return None
    return Deposit(hole_of(taken.take), seal_cell(taken.cell_key, entropy_crypto(MESSAGE_BYTES), entropy_crypto))


def returned(tx: Tx, receive: ReceiveStream, epoch: int, index: int, now: float) -> None:
    """One of our own cells came back whole: take it off the stream at both ends."""
    send = streams.find_send(tx, streams.LOOPS)
    if send is None:
        return
    receive.receive(epoch, index)
    add_tally(tx, LOOPS_RETURNED)
    loop_watch.came_back(tx, epoch, index, now)
    tx.execute("DELETE FROM in_flight WHERE contact = ? AND epoch = ? AND idx = ?", (streams.LOOPS, epoch, index))
    _move_windows(tx, send, receive)


def _move_windows(tx: Tx, send: SendStream, receive: ReceiveStream) -> None:
    """Tell each end what the other knows, and keep both; both are ours, so no cell needs to carry it."""
    send.acknowledge(receive.acks())
    receive.set_floors(send.floors())
    send.acknowledge(receive.acks())
    streams.save_send(tx, streams.LOOPS, send)
    streams.save_receive(tx, streams.LOOPS, receive)


def add_tally(tx: Tx, name: str) -> None:
    """Count one more."""
    tx.execute("INSERT INTO tallies VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (name,))


def tally(tx: Tx, name: str) -> int:
    """How many were counted since set-up."""
    row = tx.find("SELECT value FROM tallies WHERE name = ?", (name,))
    return 0 if row is None else int(row[0])
