"""The people of this vault.

Invariant: a name belongs to one person who is not closed, is clean text, and is readable only with the letters key; a
label is never raised silently. The only writer of the table `contacts`. Spec: docs/protocol.md, Labels.
Decision 89.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum, unique

import msgspec

from client_cli.community.clock import SEALED_AHEAD_S
from client_cli.community.membership import constants
from client_cli.content.text import clean_line, comparable
from client_cli.errors import KeyUnavailable, NameProblem, NoSuchPerson, NotReady
from client_cli.i18n import N_
from client_cli.vault.keys import Counter
from client_cli.vault.transaction import Transactions, Tx
from protocol.primitives.sampling import EXPONENTIAL_CAP

__all__ = [
    "NAME_BYTES",
    "Fresh",
    "FreshStart",
    "Label",
    "Person",
    "PersonRecord",
    "Sealed",
    "Standing",
    "State",
    "acks_left",
    "add_contact",
    "ask_everybody",
    "cards_due",
    "clean_name",
    "clock_went_back",
    "find_in",
    "find_person",
    "forget_person",
    "get_person",
    "get_record",
    "get_sealed",
    "next_letter_number",
    "pause_person",
    "people",
    "people_in",
    "put_record",
    "put_sealed",
    "release_own_card",
    "require_person",
    "require_ready",
    "resume_person",
    "set_standing",
    "set_state",
    "skip_letters",
    "standing_of",
    "want_ack",
    "with_standing",
]

MAX_CARD_WAIT_S = 4 * 86_400.0
"""No fresh card waits for longer (client_cli.streams.in_flight.retry_wait_s), unless the clock was set back."""
NAME_BYTES = 96  # of UTF-8; what fits a line of a terminal with room for the rest


@unique
class Label(Enum):
    """How a person is confirmed. Vaults hold the values. "met in person" stands in those of before words were compared
    for cards alone, and goes on meaning that: nobody rises by an update.
    """

    MET = "met in person, same words"
    CARDS = "met in person"
    ANSWERED = "answered"
    NOT_CONFIRMED = "not confirmed"


@unique
class State(IntEnum):
    """How far a contact is."""

    MEETING = 0
    READY = 1
    PAUSED = 2
    CLOSED = 3


@unique
class Standing(IntEnum):
    """Whether letters go on with a contact whose streams one side may have lost (client_cli.streams.fresh_start)."""

    SOUND = 0
    ASKING = 1  # our state was put back: nothing of it is used, we send a fresh card
    TOLD = 2  # their card came and ours is on its way: until they are heard, only that is sent
    REPLACED = 3  # another copy of our folder has asked them, and they go on with that one


@unique
class Sealed(StrEnum):
    """What else the letters compartment keeps of a contact, by its column."""

    CONVERSATION = "sealed_conversation"
    ASSEMBLER = "sealed_assembler"


@dataclass(frozen=True, slots=True)
class Person:
    """One person as shown. `introducer`: the helper who introduced them, and the community; empty after a meeting."""

    number: int
    name: str
    label: Label
    state: State
    introducer: str = ""


class Fresh(msgspec.Struct, frozen=True, array_like=True):
    """Cards of a fresh start. `own`: ours; `secret`: the same with its secrets, until the handshake; `marked`: since
    when the vault was known to be put back when it was made; `theirs`: hash of the card the handshake was made with."""

    own: bytes
    secret: bytes | None
    marked: float
    theirs: bytes = b""


class FreshStart(msgspec.Struct, frozen=True, array_like=True):
    """A fresh start to tell of, on a UTC `day`. `ours`: our folder was put back, else theirs; `since`: the UTC day up
    to which the copy knew, 0 where that is not known; `gone`: letters that had come since and are not in it."""

    day: int
    ours: bool
    since: int = 0
    gone: int = 0


class PersonRecord(msgspec.Struct, frozen=True, array_like=True):
    """What the letters compartment holds of a person beside the ratchets.

    `own_card`: our card with its secrets until the handshake, then without them until the other side was heard (they
    may still have to scan it). `their_card`: until the handshake. `own_hash`, `their_hash`: of the cards used, so that
    none is taken twice. `binding`: names the meeting for whoever confirms it later (protocol.people.handshake).
    `introducer`: who introduced them, as shown. `fresh`, `fresh_start`: see there.
    """

    name: str
    label: Label
    own_card: bytes | None = None
    their_card: bytes | None = None
    own_hash: bytes | None = None
    their_hash: bytes | None = None
    binding: bytes | None = None
    introducer: str = ""
    fresh: Fresh | None = None
    fresh_start: FreshStart | None = None


def clean_name(name: str) -> str:
    """The name as it is kept; NameProblem when nothing readable is left, or it is too long."""
    kept = clean_line(name)
    if not kept:
        raise NameProblem(N_("A name needs at least one letter; nothing was changed, please choose another one."))
    if len(kept.encode()) > NAME_BYTES:
        raise NameProblem(N_("This name is too long; nothing was changed, please choose a shorter one."))
    return kept


def get_record(tx: Tx, number: int) -> PersonRecord:
    """The record of a contact that exists. KeyUnavailable while locked."""
    row = tx.find("SELECT sealed_person FROM contacts WHERE number = ?", (number,))
    if row is None:
        raise NoSuchPerson(name=str(number))
    return msgspec.msgpack.decode(tx.box.open("contacts", number, "sealed_person", row[0]), type=PersonRecord)


def put_record(tx: Tx, number: int, record: PersonRecord) -> None:
    """Replace the record of a contact."""
    sealed = tx.box.seal("contacts", number, "sealed_person", msgspec.msgpack.encode(record))
    tx.execute("UPDATE contacts SET sealed_person = ? WHERE number = ?", (sealed, number))


def add_contact(tx: Tx, record: PersonRecord, state: State) -> int:
    """Add a contact; NameProblem when somebody not closed has the name. Returns its number, which is never reused."""
    for person in people_in(tx):
        if person.state is not State.CLOSED and comparable(person.name) == comparable(record.name):
            raise NameProblem(N_("You already have somebody called {name}; nothing was changed."), name=person.name)
    number = tx.next_number(Counter.CONTACTS)
    sealed = tx.box.seal("contacts", number, "sealed_person", msgspec.msgpack.encode(record))
    tx.execute("INSERT INTO contacts (number, state, sealed_person) VALUES (?, ?, ?)", (number, state.value, sealed))
    return number


def release_own_card(tx: Tx, number: int) -> None:
    """The other side was heard, so it has our card: forget it."""
    record = get_record(tx, number)
    if record.own_card is not None:
        put_record(tx, number, msgspec.structs.replace(record, own_card=None))
        tx.mark_erasing()


def get_person(tx: Tx, number: int) -> Person:
    """One person by number."""
    record = get_record(tx, number)
    row = tx.find("SELECT state FROM contacts WHERE number = ?", (number,))
    state = State.CLOSED if row is None else State(row[0])
    return Person(number, record.name, record.label, state, record.introducer)


def people_in(tx: Tx) -> list[Person]:
    """Everybody, in the order they were added. KeyUnavailable while locked."""
    if not tx.has_letters_key:
        raise KeyUnavailable
    return [get_person(tx, number) for (number,) in tx.all("SELECT number FROM contacts ORDER BY number")]


def people(vault: Transactions) -> list[Person]:
    """Everybody, in the order they were added."""
    with vault.transaction() as tx:
        return people_in(tx)


def find_in(tx: Tx, name: str) -> Person | None:
    """Like `find_person`, inside a transaction."""
    wanted = comparable(name)
    same = [person for person in people_in(tx) if comparable(person.name) == wanted]
    return min(same, key=lambda person: (person.state is State.CLOSED, -person.number), default=None)


def find_person(vault: Transactions, name: str) -> Person | None:
    """The person of this name (case does not matter); who is not closed comes first. None: nobody."""
    with vault.transaction() as tx:
        return find_in(tx, name)


def require_person(vault: Transactions, name: str) -> Person:
    """Like `find_person`, but NoSuchPerson when there is nobody."""
    person = find_person(vault, name)
    if person is None:
        raise NoSuchPerson(name=clean_line(name))
    return person


def require_ready(person: Person) -> None:
    """NotReady unless letters can be written to this person."""
    if person.state is State.CLOSED:
        raise NotReady(N_("Contact with {name} is closed; nothing was changed."), name=person.name)
    if person.state is State.MEETING:
        raise NotReady(name=person.name)


def pause_person(vault: Transactions, person: Person) -> None:
    """Let letters to and from this person wait. Their cells are fetched and acknowledged as before, so that neither
    they nor anybody on the way can tell. NotReady when there is nothing to pause.
    """
    require_ready(person)
    _move(vault, person.number, State.READY, State.PAUSED)


def resume_person(vault: Transactions, person: Person) -> None:
    """End a pause: what waited goes on. NotReady when letters cannot be written to this person."""
    require_ready(person)
    _move(vault, person.number, State.PAUSED, State.READY)


def _move(vault: Transactions, number: int, before: State, after: State) -> None:
    with vault.transaction() as tx:
        if get_person(tx, number).state is before:
            set_state(tx, number, after)


def set_state(tx: Tx, number: int, state: State) -> None:
    """Say how far a contact is."""
    tx.execute("UPDATE contacts SET state = ? WHERE number = ?", (state.value, number))


def next_letter_number(tx: Tx, number: int) -> int:
    """Number the next letter inside this relationship: 1, 2, 3, ..."""
    row = tx.find("SELECT next_letter FROM contacts WHERE number = ?", (number,))
    letter = 1 if row is None else int(row[0])
    tx.execute("UPDATE contacts SET next_letter = ? WHERE number = ?", (letter + 1, number))
    return letter


def want_ack(tx: Tx, number: int, due: float) -> None:
    """A cell that is acknowledged shall leave by `due` (Unix seconds), or earlier if that was wanted before."""
    tx.execute("UPDATE contacts SET ack_due = MIN(COALESCE(ack_due, ?), ?) WHERE number = ?", (due, due, number))


def acks_left(tx: Tx, number: int) -> None:
    """A cell to this contact was sealed, and every cell says all that was received."""
    tx.execute("UPDATE contacts SET ack_due = NULL WHERE number = ?", (number,))


def get_sealed(tx: Tx, number: int, column: Sealed) -> bytes:
    """What is kept in one column of a contact that is ready. NoSuchPerson, KeyUnavailable."""
    row = tx.find(f"SELECT {column} FROM contacts WHERE number = ?", (number,))  # noqa: S608 - one of ours
    if row is None or row[0] is None:
        raise NoSuchPerson(name=str(number))
    return tx.box.open("contacts", number, column, row[0])


def put_sealed(tx: Tx, number: int, column: Sealed, plain: bytes) -> None:
    """Keep something else in one column of a contact."""
    sealed = tx.box.seal("contacts", number, column, plain)
    tx.execute(f"UPDATE contacts SET {column} = ? WHERE number = ?", (sealed, number))  # noqa: S608 - one of ours


def standing_of(tx: Tx, number: int) -> Standing:
    """Whether letters go on with a contact."""
    row = tx.find("SELECT standing FROM contacts WHERE number = ?", (number,))
    return Standing.SOUND if row is None else Standing(row[0])


def set_standing(tx: Tx, number: int, standing: Standing, card_due: float | None = None) -> None:
    """Say whether letters go on, and from when on (Unix seconds) a fresh card may leave; None: none does."""
    tx.execute("UPDATE contacts SET standing = ?, card_due = ? WHERE number = ?", (standing.value, card_due, number))


def with_standing(tx: Tx, standing: Standing) -> list[int]:
    """The contacts that are not closed and stand so."""
    rows = tx.all(
        "SELECT number FROM contacts WHERE standing = ? AND state != ? ORDER BY number",
        (standing.value, State.CLOSED.value),
    )
    return [number for (number,) in rows]


def cards_due(tx: Tx, now: float) -> list[int]:
    """The contacts, met and not closed, to whom a fresh card may leave, longest due first."""
    rows = tx.all(
        "SELECT number FROM contacts WHERE card_due <= ? AND state IN (?, ?) ORDER BY card_due, number",
        (now, State.READY.value, State.PAUSED.value),
    )
    return [number for (number,) in rows]


def ask_everybody(tx: Tx, now: float) -> None:
    """Nothing that the vault holds of anybody is to be used; a meeting that is not finished needs another card."""
    tx.execute("UPDATE contacts SET card_due = ? WHERE standing != ?", (now, Standing.ASKING.value))
    # Who is asked already is asked again when it was due: a guard that loses our shelf again and again hurries nothing.
    tx.execute(
        "UPDATE contacts SET standing = ?, ack_due = NULL WHERE state != ?",
        (Standing.ASKING.value, State.CLOSED.value),
    )


def skip_letters(tx: Tx, number: int, to: int) -> None:
    """Number the next letter `to` at least."""
    tx.execute("UPDATE contacts SET next_letter = MAX(next_letter, ?) WHERE number = ?", (to, number))


def clock_went_back(tx: Tx, now: float) -> None:
    """No ack waits for a time of a clock that was ahead. Waits are drawn: hardly any is longer than this, and an ack
    that leaves early tells nothing."""
    latest = now + SEALED_AHEAD_S + EXPONENTIAL_CAP * constants(tx).ack_wait_ms / 1000
    tx.execute("UPDATE contacts SET ack_due = ? WHERE ack_due > ?", (now, latest))
    tx.execute("UPDATE contacts SET card_due = ? WHERE card_due > ?", (now, now + MAX_CARD_WAIT_S))


def forget_person(tx: Tx, number: int) -> None:
    """Close a contact: ratchets and cards are erased. Name, label and hashes of the cards stay, so that none is taken
    twice."""
    record = get_record(tx, number)
    closed = msgspec.structs.replace(record, own_card=None, their_card=None, binding=None, fresh=None, fresh_start=None)
    put_record(tx, number, closed)
    tx.execute(
        "UPDATE contacts SET state = ?, ack_due = NULL, standing = 0, card_due = NULL, sealed_conversation = NULL,"
        " sealed_assembler = NULL"
        " WHERE number = ?",
        (State.CLOSED.value, number),
    )
