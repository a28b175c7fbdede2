"""Closing a contact: keys, streams, letters under way and the portrait are erased; what was received and kept stays.

Invariant: each table is erased by its owner, all in one transaction; nobody is told. Spec: docs/protocol.md, Vault.
Decision 90.
"""

from client_cli.meeting import handovers, question
from client_cli.outbox import letters
from client_cli.people import contacts, portraits
from client_cli.streams import in_flight, streams
from client_cli.vault.transaction import Transactions, Tx

__all__ = ["close_in", "close_person"]


def close_person(vault: Transactions, number: int) -> None:
    """End the contact with a person. KeyUnavailable."""
    with vault.transaction() as tx:
        close_in(tx, number)


def close_in(tx: Tx, number: int) -> None:
    """Like `close_person`, inside a transaction."""
    contacts.forget_person(tx, number)
    for owner in (streams, in_flight, letters, question, handovers, portraits):
        owner.forget_person(tx, number)
    tx.mark_erasing()
