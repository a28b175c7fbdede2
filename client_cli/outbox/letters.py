"""Letters on their way out: writing them, and where they are.

Invariant: nothing here creates, moves or skips a slot; a letter's status comes from facts of the stream alone (a cell
was handed to a slot, an ack came, its time ran out); its text is erased in the transaction in which it arrives or
expires. The only writer of the table `letters_out`. Spec: docs/protocol.md, Letters; Re-sending.
Decisions 61, 110.
"""

from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from client_cli.community.clock import certainly_past_s, day_confirmed, day_reached
from client_cli.community.membership import constants
from client_cli.content.text import clean_text
from client_cli.errors import KeyUnavailable, LetterEmpty, LetterTooLong, NoSuchLetter
from client_cli.people.contacts import Person, get_person, next_letter_number, require_ready, skip_letters
from client_cli.streams import in_flight, streams
from client_cli.vault.keys import Counter
from client_cli.vault.transaction import Transactions, Tx
from protocol.letters.letter import MAX_LETTER_BYTES, Letter, LetterKind, encode_letter, parts_of
from protocol.primitives.days import day_of
from protocol.streams.generations import Sending
from protocol.streams.pigeonhole import generation_of
from protocol.streams.send import Told

__all__ = [
    "LetterState",
    "LetterStatus",
    "expire",
    "forget_person",
    "heard",
    "letters",
    "oldest_letter",
    "queue_step",
    "renumber",
    "write_letter",
    "write_picture",
]

DAY_S: Final = 86_400.0
FORGET_AFTER_S: Final = 30 * DAY_S
"""How long `letters` tells that a letter has arrived or expired; then the row is erased."""
WARN_S: Final = 14 * DAY_S
"""How long before a letter expires its sender is told (half of its time where that is shorter)."""


@unique
class LetterStatus(Enum):
    """Where a letter is."""

    WAITING = "waiting for its slot"
    ON_ITS_WAY = "on its way"
    SENT_AGAIN = "not arrived, sent again"
    ARRIVED = "arrived"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LetterState:
    """One letter of ours. Times are Unix seconds.

    `next_try_at`: from when on its next part may take a slot; None when it has arrived or expired. `ends_soon`: it has
    not arrived and expires within two weeks.
    """

    number: int
    person: Person
    written: float
    status: LetterStatus
    parts: int
    parts_arrived: int
    expires_on: float
    next_try_at: float | None
    ends_soon: bool = False


def write_letter(vault: Transactions, person: Person, text: str, now: float) -> LetterState:
    """Queue a text. LetterEmpty, LetterTooLong, NotReady, KeyUnavailable."""
    if not clean_text(text).strip():
        raise LetterEmpty
    # As it was typed: what a terminal must not show is taken out where it is shown. A lone surrogate is no text.
    body = text.encode("utf-8", "replace")
    if len(body) > MAX_LETTER_BYTES:
        raise LetterTooLong(over=len(body) - MAX_LETTER_BYTES)
    return _queue(vault, person, Letter(LetterKind.TEXT, body, day_of(now)), now)


def write_picture(vault: Transactions, person: Person, body: bytes, now: float) -> LetterState:
    """Queue a picture made by `client_cli.content.pictures.make_picture`. LetterTooLong, NotReady, KeyUnavailable."""
    if len(body) > MAX_LETTER_BYTES:
        raise LetterTooLong(over=len(body) - MAX_LETTER_BYTES)
    return _queue(vault, person, Letter(LetterKind.PICTURE, body, day_of(now)), now)


def queue_step(tx: Tx, person: Person, kind: LetterKind, body: bytes, now: float) -> None:
    """Queue what programs write to each other, which no list of letters shows. NotReady, KeyUnavailable."""
    number = _queue_in(tx, person, Letter(kind, body, day_of(now)), now)
    tx.execute("UPDATE letters_out SET step = 1 WHERE number = ?", (number,))


def _queue(vault: Transactions, person: Person, what: Letter, now: float) -> LetterState:
    with vault.transaction() as tx:
        return _state(tx, _queue_in(tx, person, what, now), now)


def _queue_in(tx: Tx, person: Person, what: Letter, now: float) -> int:
    written = encode_letter(what)
    parts = parts_of(len(written))
    if not tx.has_letters_key:
        raise KeyUnavailable
    require_ready(get_person(tx, person.number))
    letter = next_letter_number(tx, person.number)
    number = tx.next_number(Counter.LETTERS_OUT)
    tx.execute(
        "INSERT INTO letters_out (number, contact, letter, parts, written_at, expires_at, sealed_body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            person.number,
            letter,
            parts,
            now,
            now + constants(tx).letter_days * DAY_S,
            tx.box.seal("letters_out", number, "sealed_body", written),
        ),
    )
    in_flight.add_parts(tx, person.number, letter, parts, now)
    return number


_SHOWN: Final = "SELECT number FROM letters_out WHERE step = 0 ORDER BY number"


def letters(vault: Transactions, now: float) -> list[LetterState]:
    """All letters of ours, oldest first, those that arrived or expired in the last 30 days included. KeyUnavailable
    while locked.
    """
    with vault.transaction() as tx:
        if not tx.has_letters_key:
            raise KeyUnavailable
        expire(tx, now)
        return [_state(tx, number, now) for (number,) in tx.all(_SHOWN)]


def _state(tx: Tx, number: int, now: float) -> LetterState:
    row = tx.find(
        "SELECT contact, letter, parts, written_at, expires_at, arrived_at, expired_at FROM letters_out"
        " WHERE number = ?",
        (number,),
    )
    if row is None:
        raise NoSuchLetter
    contact, letter, parts, written, expires, arrived_at, expired_at = row
    tries = tx.all("SELECT tries, arrived_at, next_try FROM parts WHERE contact = ? AND letter = ?", (contact, letter))
    open_tries = [(count, next_try) for count, part_arrived, next_try in tries if part_arrived is None]
    if arrived_at is not None:
        status = LetterStatus.ARRIVED
    elif expired_at is not None:
        status = LetterStatus.EXPIRED
    elif any(count > 1 for count, _ in open_tries):
        status = LetterStatus.SENT_AGAIN
    elif any(count for count, _, _ in tries):
        status = LetterStatus.ON_ITS_WAY
    else:
        status = LetterStatus.WAITING
    over = arrived_at is not None or expired_at is not None
    return LetterState(
        number=number,
        person=get_person(tx, contact),
        written=written,
        status=status,
        parts=parts,
        parts_arrived=parts if arrived_at is not None else len(tries) - len(open_tries),
        expires_on=expires,
        next_try_at=None if over else min((next_try for _, next_try in open_tries), default=None),
        ends_soon=not over and expires - now <= min(WARN_S, (expires - written) / 2),
    )


def expire(tx: Tx, now: float) -> None:
    """End letters whose time is over, give up their cells, and forget rows that have told their end for 30 days.

    Nothing while no relay's signed day agrees with the clock: a text that is erased does not come back. A letter ends
    only when its last day is signed too, whatever our clock says: its reader goes by that day (`inbox.receiving`).
    """
    reached = day_reached(tx)
    if reached is None or not day_confirmed(tx, now):
        return
    for number, contact, letter in tx.all(
        "SELECT number, contact, letter FROM letters_out"
        " WHERE arrived_at IS NULL AND expired_at IS NULL AND expires_at <= ?",
        (certainly_past_s(now, reached),),
    ):
        tx.execute("UPDATE letters_out SET expired_at = ?, sealed_body = NULL WHERE number = ?", (now, number))
        tx.mark_erasing()
        _give_up(tx, contact, in_flight.give_up_letter(tx, contact, letter))
    over = now - FORGET_AFTER_S
    for number, contact, letter in tx.all(
        "SELECT number, contact, letter FROM letters_out WHERE arrived_at <= ? OR expired_at <= ?", (over, over)
    ):
        in_flight.forget_letter(tx, contact, letter)
        tx.execute("DELETE FROM letters_out WHERE number = ?", (number,))


def _give_up(tx: Tx, contact: int, places: list[in_flight.Place]) -> None:
    send = streams.find_send(tx, contact)
    if send is None or not places:
        return
    # Of an older generation it is waited for all the same: given up, that would be over, and with it late acks.
    for epoch, index in places:
        if generation_of(epoch) == send.newest:
            send.give_up(epoch, index)
    streams.save_send(tx, contact, send)


def heard(tx: Tx, contact: int, send: Sending, told: Told, now: float) -> None:
    """A cell told what became of places of ours: what these carried has arrived, or is due again. `send` is for the
    caller to keep."""
    acked = in_flight.acked(tx, contact, told.acked, now)
    for spare in acked.spare:
        send.give_up(*spare)
    for letter in acked.whole:
        _arrived(tx, contact, letter, now)
    in_flight.lost(tx, contact, told.lost, now)
    in_flight.note_heard(tx, contact, now)


def _arrived(tx: Tx, contact: int, letter: int, now: float) -> None:
    """Every part of a letter is with its reader, though its time may have run out before."""
    changed = tx.execute(
        "UPDATE letters_out SET arrived_at = ?, expired_at = NULL, sealed_body = NULL"
        " WHERE contact = ? AND letter = ? AND arrived_at IS NULL",
        (now, contact, letter),
    )
    if changed:
        tx.mark_erasing()


def oldest_letter(tx: Tx, contact: int) -> int:
    """The lowest number of a letter to a contact that may still be sent: of the next one, if all have ended."""
    row = tx.find(
        "SELECT COALESCE((SELECT MIN(o.letter) FROM letters_out o WHERE o.contact = c.number AND o.arrived_at IS NULL"
        " AND o.expired_at IS NULL), c.next_letter) FROM contacts c WHERE c.number = ?",
        (contact,),
    )
    if row is None:
        raise LookupError("letters to nobody")
    return int(row[0])


def renumber(tx: Tx, contact: int, letters_from: int, written_after: float) -> None:
    """Another run of ours, from a copy, may have given to other letters the numbers of those that were written after
    this time: of which nothing was sent yet, they get new ones, `letters_from` at least."""
    skip_letters(tx, contact, letters_from)
    for number, letter in tx.all(
        "SELECT l.number, l.letter FROM letters_out l WHERE l.contact = ? AND l.written_at > ?"
        " AND l.arrived_at IS NULL AND l.expired_at IS NULL AND NOT EXISTS (SELECT 1 FROM parts p"
        " WHERE p.contact = l.contact AND p.letter = l.letter AND p.tries > 0) ORDER BY l.letter",
        (contact, written_after),
    ):
        to = next_letter_number(tx, contact)
        tx.execute("UPDATE letters_out SET letter = ? WHERE number = ?", (to, number))
        in_flight.renumber(tx, contact, letter, to)


def forget_person(tx: Tx, number: int) -> None:
    """Erase all letters to a person."""
    tx.execute("DELETE FROM letters_out WHERE contact = ?", (number,))
