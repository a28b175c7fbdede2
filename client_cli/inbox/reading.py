"""Letters that came, as a person deals with them: reading, keeping, forgetting.

Invariant: what came while the letters key was away is opened first; what was read and not kept is erased from the file
and its log. Spec: docs/protocol.md, Letters; Vault.
"""

from collections.abc import Iterable

from client_cli.errors import NoSuchLetter
from client_cli.inbox import letters
from client_cli.inbox.letters import ErasedLetter, ReceivedLetter
from client_cli.inbox.receiving import open_arrived
from client_cli.people.contacts import Person, State
from client_cli.vault.transaction import Transactions, Tx

__all__ = ["erase_read", "forget_letter", "get_letter", "keep_letter", "kept", "mark_read", "take_back", "unread"]


def unread(vault: Transactions, person: Person | None = None) -> list[ReceivedLetter]:
    """Whole letters that were not read yet, in the order they became whole. KeyUnavailable.

    Those of people who are paused only when asked for by person.
    """
    open_arrived(vault)
    with vault.transaction() as tx:
        found = letters.all_unread(tx)
    if person is not None:
        return [letter for letter in found if letter.person.number == person.number]
    return [letter for letter in found if letter.person.state is not State.PAUSED]


def kept(vault: Transactions, person: Person | None = None) -> list[ReceivedLetter]:
    """Letters kept after reading, in the order they became whole. KeyUnavailable."""
    with vault.transaction() as tx:
        found = letters.all_kept(tx)
    return [letter for letter in found if person is None or letter.person.number == person.number]


def get_letter(vault: Transactions, number: int) -> ReceivedLetter:
    """One letter that is here, read or not. NoSuchLetter, KeyUnavailable."""
    open_arrived(vault)
    with vault.transaction() as tx:
        found = letters.find_letter(tx, number)
    if found is None:
        raise NoSuchLetter
    return found


def mark_read(vault: Transactions, numbers: Iterable[int], keep: bool) -> None:
    """Letters that were shown: kept, or erased unless they were to be kept. Numbers that are gone are passed over."""
    with vault.transaction() as tx:
        for number in numbers:
            letters.mark_read(tx, number, keep=keep)


def erase_read(vault: Transactions, number: int) -> ErasedLetter | None:
    """A letter that was shown is erased; what takes it back. None: it was to be kept, and stays."""
    with vault.transaction() as tx:
        found = letters.sealed(tx, number)
        letters.mark_read(tx, number, keep=False)
        return None if letters.sealed(tx, number) is not None else found


def take_back(vault: Transactions, letter: ErasedLetter) -> None:
    """An erased letter is here again, as it was."""
    with vault.transaction() as tx:
        letters.put_back(tx, letter)


def keep_letter(vault: Transactions, number: int) -> None:
    """Do not let this letter vanish when it is read. NoSuchLetter, KeyUnavailable."""
    open_arrived(vault)
    with vault.transaction() as tx:
        _require_letter(tx, number)
        letters.keep(tx, number)


def forget_letter(vault: Transactions, number: int) -> None:
    """Erase a letter, read or not. NoSuchLetter, KeyUnavailable."""
    open_arrived(vault)
    with vault.transaction() as tx:
        _require_letter(tx, number)
        letters.erase(tx, number)


def _require_letter(tx: Tx, number: int) -> None:
    if letters.find_letter(tx, number) is None:
        raise NoSuchLetter
