"""Portraits: a face that belongs to a person, shown beside their letters.

Invariant: a portrait lies in the letters compartment, is one of our own picture bodies (client_cli.content.pictures)
and is chosen by the person of this vault alone: nothing that arrives becomes a portrait by itself. docs/family.md,
Pictures.
"""

from client_cli.content.pictures import open_picture
from client_cli.errors import KeyUnavailable
from client_cli.people.contacts import Person
from client_cli.vault.transaction import Transactions, Tx

__all__ = ["find_portrait", "forget_person", "portraits", "remove_portrait", "set_portrait"]


def find_portrait(vault: Transactions, person: Person) -> bytes | None:
    """The picture body of the person's portrait (open it with `pictures.open_picture`); None: there is none."""
    return portraits(vault).get(person.number)


def portraits(vault: Transactions) -> dict[int, bytes]:
    """All portraits by the number of their person."""
    with vault.transaction() as tx:
        if not tx.has_letters_key:
            raise KeyUnavailable
        held = tx.all("SELECT contact, sealed_picture FROM portraits ORDER BY contact")
        return {contact: tx.box.open("portraits", contact, "sealed_picture", sealed) for contact, sealed in held}


def set_portrait(vault: Transactions, person: Person, body: bytes) -> None:
    """Give a person this portrait instead of the one before. PictureUnreadable, KeyUnavailable."""
    open_picture(body)
    with vault.transaction() as tx:
        if not tx.has_letters_key:
            raise KeyUnavailable
        tx.execute(
            "INSERT INTO portraits VALUES (?, ?)"
            " ON CONFLICT (contact) DO UPDATE SET sealed_picture = excluded.sealed_picture",
            (person.number, tx.box.seal("portraits", person.number, "sealed_picture", body)),
        )
        tx.mark_erasing()


def remove_portrait(vault: Transactions, person: Person) -> bool:
    """Erase the person's portrait. False: there was none."""
    with vault.transaction() as tx:
        gone = forget_person(tx, person.number)
        tx.mark_erasing()
    return gone


def forget_person(tx: Tx, number: int) -> bool:
    """Erase the portrait of a person. False: there was none."""
    return tx.execute("DELETE FROM portraits WHERE contact = ?", (number,)) > 0
