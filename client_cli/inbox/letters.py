"""Letters that came: reading, keeping, forgetting.

Invariant: what was read and not kept is erased from the file and its log. docs/protocol.md, Letters; Vault.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from client_cli.errors import KeyUnavailable, NoSuchLetter, VaultDamaged
from client_cli.inbox.receiving import open_arrived
from client_cli.people.contacts import Person, State, get_person
from client_cli.vault.transaction import Transactions, Tx
from protocol.errors import ProtocolError
from protocol.letters.letter import LetterKind, parse_letter

__all__ = ["ReceivedLetter", "forget_letter", "get_letter", "keep_letter", "kept", "mark_read", "unread"]

# What `letters_in.kept` says.
_UNREAD: Final = 0
_KEPT: Final = 1
_UNREAD_TO_KEEP: Final = 2


@dataclass(frozen=True, slots=True)
class ReceivedLetter:
    """A whole letter. `arrived_day`, `written_day`: UTC day numbers; the second is what the sender says.

    `picture`: the body of a picture letter as it came, to be opened by `client_cli.content.pictures.open_picture`
    alone; the text is empty then. `kept`: it stays after reading.
    """

    number: int
    person: Person
    text: str
    arrived_day: int
    written_day: int
    kept: bool
    picture: bytes | None = field(default=None, repr=False)


def unread(vault: Transactions, person: Person | None = None) -> list[ReceivedLetter]:
    """Whole letters that were not read yet, in the order they became whole; opens first what came while locked.

    Those of people who are paused only when asked for by person.
    """
    open_arrived(vault)
    with vault.transaction() as tx:
        found = _letters(tx, "kept IN (?, ?) ORDER BY number", (_UNREAD, _UNREAD_TO_KEEP))
    if person is not None:
        return [letter for letter in found if letter.person.number == person.number]
    return [letter for letter in found if letter.person.state is not State.PAUSED]


def kept(vault: Transactions, person: Person | None = None) -> list[ReceivedLetter]:
    """Letters kept after reading, in the order they became whole."""
    with vault.transaction() as tx:
        found = _letters(tx, "kept = ? ORDER BY number", (_KEPT,))
    return [letter for letter in found if person is None or letter.person.number == person.number]


def get_letter(vault: Transactions, number: int) -> ReceivedLetter:
    """One letter that is here, read or not. NoSuchLetter."""
    open_arrived(vault)
    with vault.transaction() as tx:
        found = _letters(tx, "number = ?", (number,))
    if not found:
        raise NoSuchLetter
    return found[0]


def mark_read(vault: Transactions, numbers: Iterable[int], keep: bool) -> None:
    """Letters that were shown: kept, or erased from the file and its log unless they were to be kept. Numbers that are
    gone are passed over.
    """
    with vault.transaction() as tx:
        for number in numbers:
            was = _UNREAD if keep else _UNREAD_TO_KEEP
            changed = tx.execute(
                "UPDATE letters_in SET kept = ? WHERE number = ? AND kept IN (?, ?)",
                (_KEPT, number, was, _UNREAD_TO_KEEP),
            )
            if not keep and not changed:
                _erase(tx, number)


def keep_letter(vault: Transactions, number: int) -> None:
    """Do not let this letter vanish when it is read. NoSuchLetter."""
    open_arrived(vault)
    with vault.transaction() as tx:
        _require_letter(tx, number)
        tx.execute("UPDATE letters_in SET kept = ? WHERE number = ? AND kept = ?", (_UNREAD_TO_KEEP, number, _UNREAD))


def forget_letter(vault: Transactions, number: int) -> None:
    """Erase a letter, read or not, from the file and its log. NoSuchLetter."""
    open_arrived(vault)
    with vault.transaction() as tx:
        _require_letter(tx, number)
        _erase(tx, number)


def _require_letter(tx: Tx, number: int) -> None:
    if not tx.has_letters_key:
        raise KeyUnavailable
    if tx.find("SELECT 1 FROM letters_in WHERE number = ?", (number,)) is None:
        raise NoSuchLetter


def _erase(tx: Tx, number: int) -> None:
    tx.execute("DELETE FROM letters_in WHERE number = ?", (number,))
    tx.mark_erasing()


def _letters(tx: Tx, which: str, params: tuple[int, ...]) -> list[ReceivedLetter]:
    if not tx.has_letters_key:
        raise KeyUnavailable
    found = []
    for number, contact, arrived_day, state, sealed in tx.all(
        f"SELECT number, contact, arrived_day, kept, sealed_body FROM letters_in WHERE {which}",  # noqa: S608 - ours
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
                picture=None if is_text else letter.body,
            )
        )
    return found
