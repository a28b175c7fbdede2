"""The ratchets of a person, as the letters compartment keeps them.

Invariant: a conversation is loaded, stepped and kept again inside one transaction, so that no message key is used twice
and none is lost. Spec: docs/protocol.md, Ratchet messages.
"""

from typing import TYPE_CHECKING

from client_cli.errors import VaultDamaged
from client_cli.people.contacts import Sealed, get_sealed, put_sealed
from client_cli.streams import arrived, streams
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from protocol.errors import ProtocolError
from protocol.letters.assembler import Assembler

if TYPE_CHECKING:
    from protocol.people.handshake import Relationship
    from protocol.ratchet.conversation import Conversation

__all__ = [
    "create_conversation",
    "forget_old_keys",
    "get_assembler",
    "get_conversation",
    "put_assembler",
    "put_conversation",
    "sealed_without_parts",
]


def create_conversation(tx: Tx, contact: int, relationship: "Relationship") -> None:
    """Begin the conversation and the assembler of a relationship."""
    from protocol.ratchet.conversation import (
        Conversation,  # late: the ratchet library takes a quarter of a second to import
    )

    put_conversation(tx, contact, Conversation.create(relationship))
    put_assembler(tx, contact, Assembler())


def get_conversation(tx: Tx, contact: int) -> "Conversation":
    """The conversation of a contact that is ready. KeyUnavailable while locked, VaultDamaged."""
    from protocol.ratchet.conversation import Conversation

    try:
        return Conversation.decode(get_sealed(tx, contact, Sealed.CONVERSATION))
    except ProtocolError:
        raise VaultDamaged from None


def put_conversation(tx: Tx, contact: int, conversation: "Conversation") -> None:
    """Keep the new state."""
    put_sealed(tx, contact, Sealed.CONVERSATION, conversation.encode())


def forget_old_keys(tx: Tx) -> None:
    """After every roll: drop the keys of messages whose epoch nobody looks into any more, of silent people too. Those
    of whom cells wait unopened are left for the next time."""
    rolled = streams.last_roll(tx)
    if not tx.has_letters_key or tx.get(Key.KEYS_AGED) == rolled:
        return
    waits = False
    for (contact,) in tx.all("SELECT number FROM contacts WHERE sealed_conversation IS NOT NULL"):
        receive = streams.look_at_receive(tx, contact)
        if receive is None or arrived.waits_of(tx, contact):
            waits = True
            continue
        conversation = get_conversation(tx, contact)
        before = conversation.encode()
        conversation.forget(receive.oldest, receive.oldest_epoch)
        if conversation.encode() != before:
            put_conversation(tx, contact, conversation)
            tx.mark_erasing()
    if not waits:
        tx.put(Key.KEYS_AGED, rolled)


def get_assembler(tx: Tx, contact: int) -> Assembler:
    """The letters that are not whole yet. KeyUnavailable while locked, VaultDamaged."""
    try:
        return Assembler.decode(get_sealed(tx, contact, Sealed.ASSEMBLER))
    except ProtocolError:
        raise VaultDamaged from None


def put_assembler(tx: Tx, contact: int, assembler: Assembler) -> None:
    """Keep the new state."""
    put_sealed(tx, contact, Sealed.ASSEMBLER, assembler.encode())


def sealed_without_parts(tx: Tx) -> dict[int, bytes]:
    """For a copy without letters: what would stand in the vault of each contact if no part of a letter were here."""
    found = {}
    for (contact,) in tx.all("SELECT number FROM contacts WHERE sealed_assembler IS NOT NULL"):
        assembler = get_assembler(tx, contact)
        assembler.forget_parts()
        found[contact] = tx.box.seal("contacts", contact, Sealed.ASSEMBLER, assembler.encode())
    return found
