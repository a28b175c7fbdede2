"""Loops: cells a client leaves for itself, through the code that letters go through.

Invariant: a loop differs from a letter's cell in nothing an outsider can see; what came back is counted, so that a
person is told when relays lose things. Spec: docs/protocol.md, Loops.
Decisions 10, 34.
"""

from client_cli.community.membership import constants, relays
from client_cli.streams import in_flight, loop_watch, streams
from client_cli.streams.deposit import Deposit
from client_cli.vault import tallies
from client_cli.vault.settings import get_settings
from client_cli.vault.tallies import Tally
from client_cli.vault.transaction import Tx
from protocol.seams import Entropy, RelayId
from protocol.streams.acks import WINDOW
from protocol.streams.cell import MESSAGE_BYTES, seal_cell
from protocol.streams.generations import Receiving, Sending
from protocol.streams.pigeonhole import SECRET_BYTES, ChainRoot, hole_of

__all__ = ["next_loop", "returned"]


def next_loop(tx: Tx, store: RelayId, now: float, entropy_crypto: Entropy) -> Deposit | None:
    """Claim an index of our own stream for this store and seal random content.

    None when the roster is not known yet or the window has no index for `store` (then leave random bytes at a random
    hole: nobody can tell). Its way back is `receiving.accept_cell`, like every cell's. One that is overdue is given up,
    else it would hold the window of 64 for the rest of the epoch; if it comes while its place is watched it counts.
    """
    send = streams.find_send(tx, streams.LOOPS)
    if send is None:
        return None
    patience_s = loop_watch.patience_s(constants(tx), get_settings(tx).profile, len(relays(tx)))
    overdue = in_flight.pop_sent_before(tx, streams.LOOPS, now - patience_s)
    for place in overdue:
        send.give_up(*place)
    receive = streams.find_receive(tx, streams.LOOPS) if overdue or _is_worn(send) else None
    if receive is not None and receive.settled and _is_worn(send):
        _begin_generation(send, receive, entropy_crypto)
    taken = send.claim(store)
    if taken is not None:
        in_flight.record_sent(tx, streams.LOOPS, (taken.epoch, taken.index), None, None, now)
        tallies.add(tx, Tally.LOOPS_SENT)
    if receive is not None:
        _move_windows(tx, send, receive)
    elif taken is not None:
        streams.save_send(tx, streams.LOOPS, send)
    if taken is None:
        return None
    return Deposit(hole_of(taken.take), seal_cell(taken.cell_key, entropy_crypto(MESSAGE_BYTES), entropy_crypto))


def _is_worn(send: Sending) -> bool:
    """Whether it is time for a new generation: whoever copied the vault knows the places of all loops of this one."""
    return send.settled and send.used >= WINDOW


def _begin_generation(send: Sending, receive: Receiving, entropy_crypto: Entropy) -> None:
    root, generation = ChainRoot(entropy_crypto(SECRET_BYTES)), send.newest + 1
    receive.start(generation, root, send.epoch)
    send.start(generation, root, send.epoch)


def returned(tx: Tx, receive: Receiving, epoch: int, index: int, now: float) -> bool:
    """One of our own cells came back whole: take it off the stream at both ends. False, and nothing has changed: it
    comes from an index that this state never used, so another run, from a copy of it, did.
    """
    send = streams.find_send(tx, streams.LOOPS)
    if send is None or not send.has_used(epoch, index):
        return False
    receive.receive(epoch, index)
    tallies.add(tx, Tally.LOOPS_RETURNED)
    loop_watch.came_back(tx, epoch, index, now)
    in_flight.forget(tx, streams.LOOPS, (epoch, index))
    _move_windows(tx, send, receive)
    return True


def _move_windows(tx: Tx, send: Sending, receive: Receiving) -> None:
    """Tell each end what the other knows, and keep both; both are ours, so no cell needs to carry it."""
    send.acknowledge(receive.acks())
    receive.set_floors(send.floors())
    send.acknowledge(receive.acks())
    send.settle()
    receive.retire(send.oldest)
    streams.save_send(tx, streams.LOOPS, send)
    streams.save_receive(tx, streams.LOOPS, receive)
