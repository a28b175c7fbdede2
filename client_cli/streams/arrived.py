"""Ratchet messages that came while the letters key was away, until they are opened.

Invariant: what is here is not expected any more, though its stream has not received it yet; opening it draws nothing,
for all that is drawn was drawn when it came. The only writer of the table `arrived`. Spec: docs/protocol.md, Letters.
"""

from dataclasses import dataclass, field

from client_cli.community.clock import SEALED_AHEAD_S
from client_cli.streams.expected import StreamPlace
from client_cli.streams.in_flight import Place
from client_cli.vault.transaction import Tx

__all__ = ["Arrived", "add", "clock_went_back", "forget_person", "holds", "oldest", "places_of", "remove", "waits_of"]


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message. `ack_due`: when its ack shall leave (Unix seconds), `seed`: what opening it draws from."""

    place: StreamPlace
    message: bytes = field(repr=False)
    arrived_at: float
    ack_due: float
    seed: bytes = field(repr=False)


def add(tx: Tx, one: Arrived) -> None:
    """Keep a message until it can be opened."""
    tx.execute(
        "INSERT INTO arrived VALUES (?, ?, ?, ?, ?, ?, ?)",
        (one.place.stream, *one.place.place, one.message, one.arrived_at, one.ack_due, one.seed),
    )


def clock_went_back(tx: Tx, now: float) -> None:
    """What came by a clock that was ahead came now."""
    latest = now + SEALED_AHEAD_S
    tx.execute(
        "UPDATE arrived SET ack_due = ack_due - arrived_at + ?, arrived_at = ? WHERE arrived_at > ?", (now, now, latest)
    )


def holds(tx: Tx, place: StreamPlace) -> bool:
    """Whether a message of this place waits."""
    found = tx.find("SELECT 1 FROM arrived WHERE stream = ? AND epoch = ? AND idx = ?", (place.stream, *place.place))
    return found is not None


def places_of(tx: Tx, stream: int) -> list[Place]:
    """The places of a stream of which a message waits."""
    return [(epoch, index) for epoch, index in tx.all("SELECT epoch, idx FROM arrived WHERE stream = ?", (stream,))]


def waits_of(tx: Tx, contact: int) -> bool:
    """Whether a message of a person waits."""
    found = tx.find("SELECT 1 FROM arrived a JOIN streams s ON s.id = a.stream WHERE s.contact = ? LIMIT 1", (contact,))
    return found is not None


def oldest(tx: Tx, limit: int) -> list[Arrived]:
    """At most `limit` messages, oldest place first."""
    return [
        Arrived(StreamPlace(stream, (epoch, index)), bytes(message), arrived_at, ack_due, bytes(seed))
        for stream, epoch, index, message, arrived_at, ack_due, seed in tx.all(
            "SELECT stream, epoch, idx, message, arrived_at, ack_due, seed FROM arrived"
            " ORDER BY stream, epoch, idx LIMIT ?",
            (limit,),
        )
    ]


def remove(tx: Tx, place: StreamPlace) -> None:
    """A message is opened now, or does not open."""
    tx.execute("DELETE FROM arrived WHERE stream = ? AND epoch = ? AND idx = ?", (place.stream, *place.place))


def forget_person(tx: Tx, number: int) -> None:
    """Erase what waits of a person. Their streams are still there."""
    tx.execute("DELETE FROM arrived WHERE stream IN (SELECT id FROM streams WHERE contact = ?)", (number,))
