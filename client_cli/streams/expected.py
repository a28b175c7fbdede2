"""Every pigeonhole that a stream watches: where it is, whether a page listed it, when it was asked for.

Invariant: the rows of a stream are what its state watches, without what waits unopened (client_cli.streams.arrived):
`follow` makes them so whenever a state is kept. Nothing here needs the letters key. The only writer of the table
`expected`. Spec: docs/protocol.md, Fetches; Board log.
Decision 16.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from client_cli.community.clock import SEALED_AHEAD_S
from client_cli.community.membership import constants
from client_cli.streams.in_flight import Place
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.primitives.sampling import EXPONENTIAL_CAP
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole
from protocol.streams.receive import Watched

__all__ = [
    "StreamPlace",
    "blind_until",
    "clock_went_back",
    "drop",
    "enable_blind",
    "find_place",
    "follow",
    "forget_person",
    "note_listed",
    "note_miss",
    "note_presented",
    "unlisted",
]

MAX_MISSES: Final = 3
"""A listed pigeonhole that is empty this often was a false match, or expired: not asked again unless listed again."""


@dataclass(frozen=True, slots=True)
class StreamPlace:
    """A pigeonhole by its place: the row of its stream, and (epoch, index) in it."""

    stream: int
    place: Place


def follow(tx: Tx, stream: int, watched: Iterable[Watched], unopened: Collection[Place]) -> None:
    """Make the rows of a stream follow what it watches now, but for places of which a message waits `unopened`.

    A pigeonhole that a page has listed stays with the relay that listed it.
    """
    wanted = {(w.epoch, w.index): w for w in watched if (w.epoch, w.index) not in unopened}
    rows = tx.all("SELECT epoch, idx, relay FROM expected WHERE stream = ?", (stream,))
    held = {(epoch, index): relay for epoch, index, relay in rows}
    tx.execute_many(
        "DELETE FROM expected WHERE stream = ? AND epoch = ? AND idx = ?",
        [(stream, *place) for place in held if place not in wanted],
    )
    tx.execute_many(
        "UPDATE expected SET relay = ? WHERE stream = ? AND epoch = ? AND idx = ? AND listed_at IS NULL",
        [(w.store, stream, *place) for place, w in wanted.items() if held.get(place, w.store) != w.store],
    )
    tx.execute_many(
        "INSERT INTO expected (hole, take, stream, epoch, idx, relay) VALUES (?, ?, ?, ?, ?, ?)",
        [(w.hole, w.take, stream, w.epoch, w.index, w.store) for place, w in wanted.items() if place not in held],
    )


def find_place(tx: Tx, hole: bytes) -> StreamPlace | None:
    """Whose pigeonhole this is; None: it is not expected (any more)."""
    row = tx.find("SELECT stream, epoch, idx FROM expected WHERE hole = ?", (hole,))
    return None if row is None else StreamPlace(row[0], (row[1], row[2]))


def drop(tx: Tx, place: StreamPlace) -> None:
    """Expect this pigeonhole no longer."""
    tx.execute("DELETE FROM expected WHERE stream = ? AND epoch = ? AND idx = ?", (place.stream, *place.place))


def unlisted(tx: Tx) -> list[Hole]:
    """Pigeonholes that no page has listed yet."""
    return [Hole(bytes(hole)) for (hole,) in tx.all("SELECT hole FROM expected WHERE listed_at IS NULL")]


def note_listed(tx: Tx, holes: Iterable[Hole], relay: RelayId, now: float) -> None:
    """A page of `relay` lists these. A sender with another roster may have used another relay than ours says."""
    tx.execute_many(
        "UPDATE expected SET listed_at = ?, tries = 0, relay = ? WHERE hole = ?", [(now, relay, hole) for hole in holes]
    )


def note_presented(tx: Tx, hole: bytes, at: float) -> None:
    """Its take is at its store at `at`."""
    tx.execute("UPDATE expected SET asked_at = ? WHERE hole = ?", (at, hole))


def note_miss(tx: Tx, hole: bytes) -> None:
    """It was empty: it stays expected, and after three misses no longer counts as listed."""
    tx.execute("UPDATE expected SET tries = tries + 1 WHERE hole = ?", (hole,))
    tx.execute("UPDATE expected SET tries = 0, listed_at = NULL WHERE hole = ? AND tries >= ?", (hole, MAX_MISSES))


def clock_went_back(tx: Tx, now: float) -> None:
    """Nothing counts as asked for at a time that only a clock which was ahead took for near: a take is presented after
    its two holds, and not again for an hour."""
    latest = now + SEALED_AHEAD_S + 2 * EXPONENTIAL_CAP * constants(tx).mean_hold_s
    tx.execute("UPDATE expected SET asked_at = ? WHERE asked_at > ?", (now, latest))
    if blind_until(tx) > (longest := now + constants(tx).retention_s):
        tx.put(Key.BLIND_UNTIL, str(longest).encode())


def forget_person(tx: Tx, number: int) -> None:
    """Expect nothing of a person any more. Their streams are still there."""
    tx.execute("DELETE FROM expected WHERE stream IN (SELECT id FROM streams WHERE contact = ?)", (number,))


def enable_blind(tx: Tx, until: float) -> None:
    """Part of the board was missed: until what it listed has expired, low pigeonholes are asked for without a
    listing."""
    tx.put(Key.BLIND_UNTIL, str(max(until, blind_until(tx))).encode())


def blind_until(tx: Tx) -> float:
    """Until when (Unix seconds); 0.0 when nothing was missed."""
    held = tx.get(Key.BLIND_UNTIL)
    return 0.0 if held is None else float(held)
