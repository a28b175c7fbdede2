"""Whole letters that came, as the letters compartment keeps them.

Invariant: what is erased here leaves the file and its log. The only writer of the table `letters_in`; what a person
does with letters is client_cli.inbox.reading. Spec: docs/protocol.md, Letters; Vault.
"""

from dataclasses import dataclass, field
from typing import Final

from client_cli.errors import KeyUnavailable, VaultDamaged
from client_cli.people.contacts import Person, get_person
from client_cli.vault.keys import Counter
from client_cli.vault.transaction import Tx
from protocol.errors import ProtocolError
from protocol.letters.letter import LetterKind, parse_letter
from protocol.primitives.days import day_of

__all__ = [
    "ErasedLetter",
    "ReceivedLetter",
    "add",
    "all_kept",
    "all_unread",
    "erase",
    "find_letter",
    "keep",
    "mark_read",
    "put_back",
    "sealed",
]

# What `letters_in.kept` says.
_UNREAD: Final = 0
_KEPT: Final = 1
_UNREAD_TO_KEEP: Final = 2
_COLUMNS: Final = "number, contact, letter, arrived_day, kept, late, sealed_body"


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """A whole letter. `arrived_day`, `written_day`: UTC day numbers; the second is what the sender says.

    `picture`: the body of a picture letter as it came, to be opened by `client_cli.content.pictures.open_picture`
    alone; the text is empty then. `kept`: it stays after reading. `late`: its writer may have been told that it did not
    arrive, and letters written later may have been shown before it.
    """

    number: int
    person: Person
    text: str
    arrived_day: int
    written_day: int
    kept: bool
    late: bool
    picture: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ErasedLetter:
    """A letter that was erased, as it stood in the vault: sealed, and put back by `put_back` alone."""

    row: tuple[int | bytes, ...] = field(repr=False)


def add(tx: Tx, contact: int, letter: int, whole: bytes, arrived_at: float, *, late: bool) -> None:
    """Keep a whole letter, numbered inside the relationship, until it is read."""
    number = tx.next_number(Counter.LETTERS_IN)
    tx.execute(
        "INSERT INTO letters_in (number, contact, letter, arrived_day, late, sealed_body) VALUES (?, ?, ?, ?, ?, ?)",
        (number, contact, letter, day_of(arrived_at), late, tx.box.seal("letters_in", number, "sealed_body", whole)),
    )


def all_unread(tx: Tx) -> list[ReceivedLetter]:
    """Letters that were not read yet, in the order they became whole. KeyUnavailable."""
    return _letters(tx, "kept IN (?, ?) ORDER BY number", (_UNREAD, _UNREAD_TO_KEEP))


def all_kept(tx: Tx) -> list[ReceivedLetter]:
    """Letters kept after reading, in the order they became whole. KeyUnavailable."""
    return _letters(tx, "kept = ? ORDER BY number", (_KEPT,))


def find_letter(tx: Tx, number: int) -> ReceivedLetter | None:
    """One letter, read or not. KeyUnavailable."""
    found = _letters(tx, "number = ?", (number,))
    return found[0] if found else None


def mark_read(tx: Tx, number: int, *, keep: bool) -> None:
    """A letter was shown: it is kept, or erased unless it was to be kept. One that is gone is passed over."""
    was = _UNREAD if keep else _UNREAD_TO_KEEP
    changed = tx.execute(
        "UPDATE letters_in SET kept = ? WHERE number = ? AND kept IN (?, ?)", (_KEPT, number, was, _UNREAD_TO_KEEP)
    )
    if not keep and not changed:
        erase(tx, number)


def keep(tx: Tx, number: int) -> None:
    """Do not let a letter vanish when it is read."""
    tx.execute("UPDATE letters_in SET kept = ? WHERE number = ? AND kept = ?", (_UNREAD_TO_KEEP, number, _UNREAD))


def erase(tx: Tx, number: int) -> None:
    """Erase a letter from the file and its log."""
    tx.execute("DELETE FROM letters_in WHERE number = ?", (number,))
    tx.mark_erasing()


def sealed(tx: Tx, number: int) -> ErasedLetter | None:
    """What is needed to put a letter back that is about to be erased; None: it is not here."""
    row = tx.find(f"SELECT {_COLUMNS} FROM letters_in WHERE number = ?", (number,))  # noqa: S608 - ours
    return None if row is None else ErasedLetter(tuple(row))


def put_back(tx: Tx, letter: ErasedLetter) -> None:
    """Undo an erasure: the letter is here as it was."""
    places = ", ".join("?" * len(letter.row))
    tx.execute(f"INSERT INTO letters_in ({_COLUMNS}) VALUES ({places})", letter.row)  # noqa: S608 - ours


def _letters(tx: Tx, which: str, params: tuple[int, ...]) -> list[ReceivedLetter]:
    if not tx.has_letters_key:
        raise KeyUnavailable
    found = []
    for number, contact, arrived_day, state, late, sealed in tx.all(
        f"SELECT number, contact, arrived_day, kept, late, sealed_body FROM letters_in WHERE {which}",  # noqa: S608 - ours
        params,
    ):
        try:
            letter = parse_letter(tx.box.open("letters_in", number, "sealed_body", sealed))
        except ProtocolError:
            raise VaultDamaged from None
        is_text = letter.kind is LetterKind.TEXT
        found.append(
            ReceivedLetter(
                number=number,
                person=get_person(tx, contact),
                text=letter.body.decode() if is_text else "",
                arrived_day=arrived_day,
                written_day=letter.written_day,
                kept=state != _UNREAD,
                late=bool(late),
                picture=None if is_text else letter.body,
            )
        )
    return found
