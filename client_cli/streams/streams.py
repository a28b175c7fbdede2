"""Streams in the vault: two for every person, and one pair of our own for loops, each in its generations.

Invariant: a stream's state and its rows in `expected` always tell the same story: `save_receive` changes both. Nothing
here needs the letters key, so streams go on while the vault is locked. The only writer of the table `streams`.
Spec: docs/protocol.md, Streams.
Decisions 42, 93.
"""

from dataclasses import dataclass

from client_cli.community.clock import day_confirmed
from client_cli.community.membership import constants, relays
from client_cli.errors import VaultDamaged
from client_cli.streams import arrived, expected, in_flight
from client_cli.vault.keys import Counter, Key
from client_cli.vault.transaction import Tx
from protocol.errors import ProtocolError
from protocol.seams import Entropy
from protocol.streams.generations import Receiving, Sending
from protocol.streams.pigeonhole import ChainRoot, epoch_of
from protocol.streams.stream import retained_epochs

__all__ = [
    "LOOPS",
    "RECEIVE",
    "SEND",
    "StreamRow",
    "add_streams",
    "ensure_loops",
    "find_receive",
    "find_send",
    "forget_pair",
    "forget_person",
    "former",
    "get_row",
    "has_pair",
    "last_roll",
    "look_at_receive",
    "put_aside",
    "roll",
    "save_receive",
    "save_send",
]

LOOPS = 0
"""The `contact` of the streams a client keeps with itself."""
SEND, RECEIVE = 0, 1
_KNOWN_MAX = 64
_known: dict[bytes, Receiving] = {}
"""Streams this process has worked out, by their encoded state, oldest first: a decoded one works out some two hundred
pigeonholes anew (7 ms), one that is known only what changed. An entry is taken out while it is used, so what is here is
always what its key says, whatever became of the transaction."""


@dataclass(frozen=True, slots=True)
class StreamRow:
    """Whose a stream is; `contact` is LOOPS for our own, and negative for one of a former pair."""

    id: int
    contact: int
    direction: int


def add_streams(tx: Tx, contact: int, send_root: bytes, receive_root: bytes, root_at: float) -> None:
    """Keep the roots of a new pair; `root_at` (Unix seconds, a whole day) says which epoch they are of.

    The chains begin at the next `roll` at which the roster is known, which may be days after a meeting.
    """
    for direction, root in ((SEND, send_root), (RECEIVE, receive_root)):
        tx.execute(
            "INSERT INTO streams (id, contact, direction, root, root_at) VALUES (?, ?, ?, ?, ?)",
            (tx.next_number(Counter.STREAMS), contact, direction, root, root_at),
        )
    tx.put(Key.STREAMS_ROLLED, _rolled(tx))  # the epoch alone: the next roll has something to do


def ensure_loops(tx: Tx, now: float, entropy: Entropy) -> None:
    """Make the pair of our own streams, once."""
    if not has_pair(tx, LOOPS):
        root = entropy(32)
        add_streams(tx, LOOPS, root, root, now)


def former(contact: int) -> int:
    """The number under which the pair that a person had before a fresh start is kept, for its reserved pigeonholes."""
    return -contact


def put_aside(tx: Tx, contact: int) -> None:
    """Keep the present pair as the former one; who was kept so before is forgotten."""
    forget_pair(tx, former(contact))
    tx.execute("UPDATE streams SET contact = ? WHERE contact = ?", (former(contact), contact))
    receive = find_receive(tx, former(contact))
    if receive is not None:
        save_receive(tx, former(contact), receive)


def has_pair(tx: Tx, contact: int) -> bool:
    """Whether there are streams under this number."""
    return tx.find("SELECT 1 FROM streams WHERE contact = ?", (contact,)) is not None


def forget_pair(tx: Tx, contact: int) -> None:
    """Erase both streams and what is expected and waits unopened on them."""
    expected.forget_person(tx, contact)
    arrived.forget_person(tx, contact)
    tx.execute("DELETE FROM streams WHERE contact = ?", (contact,))


def get_row(tx: Tx, stream: int) -> StreamRow | None:
    """Whose a stream is; None when it is gone (contact closed)."""
    row = tx.find("SELECT id, contact, direction FROM streams WHERE id = ?", (stream,))
    return None if row is None else StreamRow(*row)


def _state(tx: Tx, contact: int, direction: int) -> tuple[int, bytes] | None:
    row = tx.find(
        "SELECT id, state FROM streams WHERE contact = ? AND direction = ? AND state IS NOT NULL", (contact, direction)
    )
    return None if row is None else (row[0], row[1])


def find_send(tx: Tx, contact: int) -> Sending | None:
    """The sending stream; None before it has begun."""
    found = _state(tx, contact, SEND)
    try:
        return None if found is None else Sending.decode(found[1])
    except ProtocolError:
        raise VaultDamaged from None


def find_receive(tx: Tx, contact: int) -> Receiving | None:
    """The receiving stream; None before it has begun."""
    found = _state(tx, contact, RECEIVE)
    if found is None:
        return None
    known = _known.pop(found[1], None)
    try:
        return Receiving.decode(found[1]) if known is None else known
    except ProtocolError:
        raise VaultDamaged from None


def look_at_receive(tx: Tx, contact: int) -> Receiving | None:
    """The receiving stream, to be read and not changed; None before it has begun."""
    found = _state(tx, contact, RECEIVE)
    stream = find_receive(tx, contact)
    if found is not None and stream is not None:
        _known[found[1]] = stream
    return stream


def save_send(tx: Tx, contact: int, stream: Sending) -> None:
    """Keep the new state."""
    tx.execute("UPDATE streams SET state = ? WHERE contact = ? AND direction = ?", (stream.encode(), contact, SEND))


def save_receive(tx: Tx, contact: int, stream: Receiving) -> None:
    """Keep the new state and make the rows of `expected` follow what the stream watches now. The stream is not used
    any more after this: whoever needs it again loads it.

    What is unopened in `arrived` is not expected any more, though the stream still holds it as not received.
    """
    found = tx.find("SELECT id FROM streams WHERE contact = ? AND direction = ?", (contact, RECEIVE))
    if found is None:
        raise LookupError("a stream that was never added")
    (row,) = found
    state = stream.encode()
    tx.execute("UPDATE streams SET state = ? WHERE id = ?", (state, row))
    # Of a former pair only what is reserved is taken; our own loops need none.
    watched = [] if contact < LOOPS else stream.watch()
    reserved = [] if contact == LOOPS else stream.watch_reserved()
    expected.follow(tx, row, watched + reserved, arrived.places_of(tx, row))
    _known[state] = stream
    while len(_known) > _KNOWN_MAX:
        del _known[next(iter(_known))]


def forget_person(tx: Tx, number: int) -> None:
    """Erase the streams of a person, and what is expected and waits unopened on them."""
    for contact in (number, former(number)):
        forget_pair(tx, contact)


def _rolled(tx: Tx) -> bytes:
    """The epoch of the last roll, u32; empty before the first one."""
    return (tx.get(Key.STREAMS_ROLLED) or b"")[:4]


def last_roll(tx: Tx) -> bytes:
    """What the last roll moved to; two that moved to the same give the same bytes."""
    return tx.get(Key.STREAMS_ROLLED) or b""


def roll(tx: Tx, now: float) -> None:
    """Bring every stream to the epoch of the clock and the relays of the roster; begin those that waited for a roster.

    Cheap when nothing changed. What was in flight in an erased epoch becomes due again. Chains never go back, so a leap
    of more than one epoch waits until a relay's signed day agrees with the clock.
    """
    known = relays(tx)
    if not known:
        return
    fixed = constants(tx)
    epoch = epoch_of(now, fixed.epoch_s)
    retained = retained_epochs(fixed.retention_s, fixed.epoch_s)
    before = _rolled(tx)
    if before and epoch > int.from_bytes(before, "big") + 1 and not day_confirmed(tx, now):
        epoch = int.from_bytes(before, "big")
    mark = epoch.to_bytes(4, "big") + bytes([retained, *known])
    if tx.get(Key.STREAMS_ROLLED) == mark:
        return
    for contact, direction, root, root_at in tx.all(
        "SELECT contact, direction, root, root_at FROM streams WHERE state IS NULL"
    ):
        first = epoch_of(root_at, fixed.epoch_s)
        kind = Sending if direction == SEND else Receiving
        begun = kind.begin(ChainRoot(root), first, known, retained)
        tx.execute(
            "UPDATE streams SET root = NULL, root_at = NULL, state = ? WHERE contact = ? AND direction = ?",
            (begun.encode(), contact, direction),
        )
    for (contact,) in tx.all("SELECT DISTINCT contact FROM streams"):
        send, receive = find_send(tx, contact), find_receive(tx, contact)
        if send is not None:
            lost = send.roll(epoch, known, retained)
            save_send(tx, contact, send)
            in_flight.lost(tx, contact, lost, now)
        if receive is not None:
            receive.roll(epoch, known, retained)
            save_receive(tx, contact, receive)
    tx.put(Key.STREAMS_ROLLED, mark)
