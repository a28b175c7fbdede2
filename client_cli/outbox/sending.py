"""What departs: which letter, or which ack, a deposit slot carries.

Invariant: a slot is given, never made; what is chosen depends on what waits and on the slot's store alone.
Spec: docs/protocol.md, Re-sending.
Decision 125.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from client_cli.errors import NoSuchLetter
from client_cli.outbox.letters import oldest_letter
from client_cli.people.contacts import State, acks_left, cards_due
from client_cli.randomness import Randomness
from client_cli.streams import in_flight, streams
from client_cli.streams.deposit import Deposit
from client_cli.streams.fresh_start import next_card
from client_cli.streams.ratchets import get_conversation, put_conversation
from client_cli.vault.transaction import Tx
from protocol.letters.letter import LETTERS_AHEAD, PARTS_AHEAD, Fragment, split
from protocol.ratchet.correspondence import Correspondence
from protocol.seams import Entropy, RelayId
from protocol.streams.generations import Sending
from protocol.streams.pigeonhole import hole_of
from protocol.streams.send import Claim

__all__ = ["Departing", "next_content", "take_place"]


@dataclass(frozen=True, slots=True)
class Departing:
    """What has a place now: a part of a letter, or an ack alone (None)."""

    contact: int
    letter: int | None
    part: int | None
    send: Sending
    claim: Claim


def next_content(tx: Tx, store: RelayId, now: float, randomness: Randomness) -> Deposit | None:
    """Choose and seal what a deposit slot with this store carries: a fresh card that is due, whatever the store, else
    the oldest due part of a letter, else a due ack-only cell.

    None when locked or when nothing due has a place at `store` (the slot then carries a loop). Everything it changes -
    place, ratchet, next try - is in `tx`: when the caller commits it together with the prepared packet, no cell is
    sealed twice.
    """
    if not tx.has_letters_key:
        return None
    for contact in cards_due(tx, now):
        card = next_card(tx, contact, oldest_letter(tx, contact), now, randomness)
        if card is not None:
            return card
    leaves = take_place(tx, store, now, randomness.content)
    if leaves is None:
        return None
    fragment = None
    if leaves.letter is not None and leaves.part is not None:
        fragment = _fragment(tx, leaves.contact, leaves.letter, leaves.part)
    return _seal(tx, leaves, fragment, randomness.crypto)


def take_place(tx: Tx, store: RelayId, now: float, entropy_content: Entropy) -> Departing | None:
    """Choose what leaves, and give it a place at `store`."""
    for contact, letter, part in _candidates(tx, now):
        send = streams.find_send(tx, contact)
        taken = None if send is None else send.claim(store)
        if send is None or taken is None:
            continue
        for place in in_flight.supersede(tx, contact, letter, part):
            send.give_up(*place)
        send.settle()
        streams.save_send(tx, contact, send)
        in_flight.record_sent(tx, contact, (taken.epoch, taken.index), letter, part, now)
        if letter is not None and part is not None:
            in_flight.set_next_try(tx, contact, letter, part, now, entropy_content)
        acks_left(tx, contact)
        return Departing(contact, letter, part, send, taken)
    return None


def _candidates(tx: Tx, now: float) -> Iterator[tuple[int, int | None, int | None]]:
    """For every contact at most one due part, oldest letter first, then contacts whose ack-only cell is due."""
    seen = set()
    ends: dict[int, int] = {}
    for contact, letter, part in tx.all(
        "SELECT p.contact, p.letter, p.part FROM parts p"
        " JOIN letters_out l ON l.contact = p.contact AND l.letter = p.letter"
        " JOIN contacts c ON c.number = p.contact"
        " WHERE p.arrived_at IS NULL AND p.next_try <= ? AND l.expired_at IS NULL AND c.state = ? AND c.standing = 0"
        " ORDER BY l.written_at, p.contact, p.letter, p.part",
        (now, State.READY.value),
    ):
        if contact in seen:
            continue
        if contact not in ends:
            ends[contact] = _end_of_reach(tx, contact)
        if letter < ends[contact]:
            seen.add(contact)
            yield contact, letter, part
    for (contact,) in tx.all(
        "SELECT number FROM contacts WHERE ack_due <= ? AND state IN (?, ?) AND standing = 0 ORDER BY ack_due",
        (now, State.READY.value, State.PAUSED.value),
    ):
        if contact not in seen:
            yield contact, None, None


def _end_of_reach(tx: Tx, contact: int) -> int:
    """The first letter that has to wait, for its reader has no room to put it together: Spec: docs/protocol.md,
    Letters."""
    letters = tx.all(
        "SELECT letter, parts FROM letters_out WHERE contact = ?1 AND letter >= (SELECT MIN(letter) FROM letters_out"
        " WHERE contact = ?1 AND arrived_at IS NULL AND expired_at IS NULL) ORDER BY letter",
        (contact,),
    )
    oldest, ahead = letters[0][0], 0
    for letter, parts in letters:
        ahead += parts
        if ahead > PARTS_AHEAD or letter - oldest >= LETTERS_AHEAD:
            return int(letter)
    return int(letters[-1][0]) + 1


def _fragment(tx: Tx, contact: int, letter: int, part: int) -> Fragment:
    row = tx.find("SELECT number, sealed_body FROM letters_out WHERE contact = ? AND letter = ?", (contact, letter))
    if row is None:
        raise NoSuchLetter
    return split(tx.box.open("letters_out", row[0], "sealed_body", row[1]), letter)[part]


def _seal(tx: Tx, leaves: Departing, fragment: Fragment | None, entropy_crypto: Entropy) -> Deposit:
    contact, taken = leaves.contact, leaves.claim
    receive = streams.look_at_receive(tx, contact)
    if receive is None:
        raise LookupError("a stream of nobody")
    both = Correspondence(get_conversation(tx, contact), leaves.send, receive)
    cell = both.seal(taken, oldest_letter(tx, contact), fragment, entropy_crypto)
    put_conversation(tx, contact, both.conversation)
    return Deposit(hole_of(taken.take), cell)
