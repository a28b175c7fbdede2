"""What arrives: from a fetched cell to a whole letter.

Invariant: a cell is taken once - ratchet step, ack, part and whole letter move in one transaction. Spec:
docs/protocol.md, Letters. Decisions 33, 111.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, unique
from typing import Final

from client_cli.community.clock import day_reached, may_be_over
from client_cli.community.membership import constants
from client_cli.inbox import letters
from client_cli.meeting import handovers, question
from client_cli.outbox import letters as outbox
from client_cli.people.contacts import release_own_card, want_ack
from client_cli.randomness import Randomness
from client_cli.streams import arrived, expected, fresh_start, in_flight, loops, streams
from client_cli.streams.arrived import Arrived
from client_cli.streams.expected import StreamPlace
from client_cli.streams.ratchets import get_assembler, get_conversation, put_assembler, put_conversation
from client_cli.vault import tallies
from client_cli.vault.keys import Key
from client_cli.vault.tallies import Tally
from client_cli.vault.transaction import Transactions, Tx
from protocol.errors import ProtocolError
from protocol.letters.assembler import Assembled
from protocol.letters.letter import CellContent, LetterKind, parse_letter
from protocol.primitives.kdf import derive
from protocol.primitives.sampling import exponential, uniform01
from protocol.ratchet.correspondence import Correspondence
from protocol.seams import SEED_BYTES, Entropy, SeededEntropy
from protocol.streams.cell import open_cell
from protocol.streams.generations import Receiving
from protocol.streams.pigeonhole import is_reserved
from protocol.streams.send import NeverUsed

__all__ = ["BROKEN_RULES", "Accepted", "accept_cell", "keep_letters", "open_arrived", "open_some", "turn_letters"]

BROKEN_RULES: Final = (ProtocolError, ArithmeticError, LookupError, TypeError, ValueError)
"""What content can bring about, ours to foresee or not. What the machine does to the vault is none of these."""
OPENED_AT_ONCE: Final = 8
"""Cells opened in one transaction, some 20 ms each: a slot that falls into it must not be late because letters came."""


@dataclass(frozen=True, slots=True)
class UnopenedBatch:
    """How many of the cells that came while locked were taken up, and how many of them opened."""

    taken: int
    opened: int


@unique
class Accepted(Enum):
    """What became of a fetched cell."""

    OPENED = "opened"  # content of a person
    LOOP = "loop"  # one of our own came back
    UNOPENED = "unopened"  # kept in `arrived` until the letters key is there
    STALE = "stale"  # the stream does not watch this place any more (received already, epoch gone, contact closed)
    SPOILED = "spoiled"  # not what its sender left: counts as a miss, the pigeonhole stays expected


def accept_cell(tx: Tx, place: StreamPlace, cell: bytes, now: float, randomness: Randomness) -> Accepted:
    """Accept a fetched cell of 4096 bytes for a pigeonhole that is expected. Never raises for peer data.

    Rows of `expected` follow by themselves: after OPENED, LOOP, UNOPENED and STALE the row is gone, after SPOILED it is
    still there: a relay that puts garbage into a pigeonhole must not be able to make us give it up.
    """
    row = streams.get_row(tx, place.stream)
    receive = None if row is None or row.direction != streams.RECEIVE else streams.find_receive(tx, row.contact)
    key = None if receive is None else receive.key_of(*place.place)
    if row is None or receive is None or key is None or arrived.holds(tx, place):
        expected.drop(tx, place)
        return Accepted.STALE
    try:
        message = open_cell(key, cell)
    except ProtocolError:
        return Accepted.SPOILED
    if row.contact == streams.LOOPS:
        if not loops.returned(tx, receive, *place.place, now):
            fresh_start.mark_put_back(tx, now)
        return Accepted.LOOP
    # Drawn for every cell, so that what a cell holds does not shift later draws.
    ack_due = now + exponential(uniform01(randomness.content), constants(tx).ack_wait_ms / 1000)
    if tx.has_letters_key:
        opened = _open_message(tx, row.contact, receive, place.place, message, ack_due, now, randomness.crypto)
        return Accepted.OPENED if opened else Accepted.SPOILED
    arrived.add(tx, Arrived(place, message, now, ack_due, randomness.crypto(SEED_BYTES)))
    expected.drop(tx, place)
    return Accepted.UNOPENED


def open_arrived(vault: Transactions) -> int:
    """Open all that came while locked; the number of cells opened. Nothing while locked."""
    opened = 0
    while (step := open_some(vault)).taken:
        opened += step.opened
    return opened


def open_some(vault: Transactions) -> UnopenedBatch:
    """Open at most OPENED_AT_ONCE of the cells that came while locked, in a transaction of its own."""
    with vault.transaction() as tx:
        return _open(tx)


def _open(tx: Tx) -> UnopenedBatch:
    """Oldest place first. A cell that does not open is expected again, like any spoiled one; one that breaks a rule is
    counted and changes nothing else: raised out of here it would come again at every unlocking."""
    if not tx.has_letters_key:
        return UnopenedBatch(0, 0)
    waiting = arrived.oldest(tx, OPENED_AT_ONCE)
    opened = 0
    for one in waiting:
        arrived.remove(tx, one.place)
        row = streams.get_row(tx, one.place.stream)
        receive = None if row is None else streams.find_receive(tx, row.contact)
        if row is None or receive is None:
            continue
        # The seed lay in the post compartment; with the letters key it is as unknown to a thief of that one as the
        # letters.
        entropy = SeededEntropy(derive(b"sosik opening", one.seed, key=tx.box.key))
        what = (one.place.place, one.message, one.ack_due, one.arrived_at, entropy)
        try:
            with tx.attempt():
                accepted = _open_message(tx, row.contact, receive, *what)
        except BROKEN_RULES:
            tallies.add(tx, Tally.REPLIES_REFUSED)
            continue
        if accepted:
            opened += 1
        else:
            unchanged = streams.find_receive(tx, row.contact)
            if unchanged is not None:
                streams.save_receive(tx, row.contact, unchanged)
    return UnopenedBatch(len(waiting), opened)


def _open_message(
    tx: Tx,
    pair: int,
    receive: Receiving,
    place: in_flight.Place,
    message: bytes,
    ack_due: float,
    arrived_at: float,
    entropy_crypto: Entropy,
) -> bool:
    """Take in what lay in a pigeonhole of a person: False as for `_accept_message`."""
    if is_reserved(place[0]):
        _accept_card(tx, pair, receive, place, message, arrived_at, entropy_crypto)
        return True
    return _accept_message(tx, pair, receive, place, message, ack_due, arrived_at, entropy_crypto)


def _accept_card(
    tx: Tx, pair: int, receive: Receiving, place: in_flight.Place, message: bytes, now: float, entropy_crypto: Entropy
) -> None:
    """Take in a fresh card. What is none is passed over: whoever left it can leave another."""
    receive.receive(*place)
    streams.save_receive(tx, pair, receive)
    with suppress(ProtocolError):
        accepted = fresh_start.accept_card(tx, pair, message, now, entropy_crypto)
        if accepted is not None:
            outbox.renumber(tx, abs(pair), accepted.letters_from, accepted.written_after)


def _accept_message(
    tx: Tx,
    contact: int,
    receive: Receiving,
    place: in_flight.Place,
    message: bytes,
    ack_due: float,
    arrived_at: float,
    entropy_crypto: Entropy,
) -> bool:
    """Step the ratchet, the streams and the assembler by one message. False: it is not what the peer should have sent;
    nothing has changed then, because every state is a fresh copy until it is kept at the end."""
    assembler, send = get_assembler(tx, contact), streams.find_send(tx, contact)
    if send is None:
        return False
    both = Correspondence(get_conversation(tx, contact), send, receive)
    try:
        opened = both.open(place, message, entropy_crypto)
        content = opened.content
        assembled = assembler.receive(content.oldest_letter, content.fragment)
        for _, whole in assembled.late + assembled.letters:
            parse_letter(whole)
    except NeverUsed:
        fresh_start.ask(tx, contact, arrived_at)
        return False
    except ProtocolError:
        return False
    outbox.heard(tx, contact, send, opened.told, arrived_at)
    if not arrived.waits_of(tx, contact):
        both.forget()
    put_conversation(tx, contact, both.conversation)
    put_assembler(tx, contact, assembler)
    streams.save_send(tx, contact, send)
    streams.save_receive(tx, contact, receive)
    release_own_card(tx, contact)
    fresh_start.heard(tx, contact)
    _keep(tx, contact, assembled, arrived_at)
    _want_ack(tx, contact, content, ack_due)
    return True


def turn_letters(tx: Tx, now: float) -> None:
    """Once an epoch: whole letters that have waited for one before them wait no longer, and what cannot come any more
    is forgotten. People of whom cells wait unopened are passed over. Nothing while locked."""
    epoch = streams.last_roll(tx)[:4]
    if not tx.has_letters_key or tx.get(Key.LETTERS_TURNED) == epoch:
        return
    for (contact,) in tx.all("SELECT number FROM contacts WHERE sealed_assembler IS NOT NULL"):
        receive = streams.look_at_receive(tx, contact)
        if receive is None or arrived.waits_of(tx, contact):
            continue
        assembler = get_assembler(tx, contact)
        turned = assembler.turn(receive.epoch, receive.oldest_epoch)
        put_assembler(tx, contact, assembler)
        tx.mark_erasing()
        _keep(tx, contact, turned, now)
    tx.put(Key.LETTERS_TURNED, epoch)


def _keep(tx: Tx, contact: int, assembled: Assembled, arrived_at: float) -> None:
    keep_letters(tx, contact, assembled.late, arrived_at, late=True)
    keep_letters(tx, contact, assembled.letters, arrived_at)


def keep_letters(
    tx: Tx, contact: int, whole_letters: Iterable[tuple[int, bytes]], arrived_at: float, *, late: bool = False
) -> None:
    """Keep whole letters, numbered inside the relationship, for a person to read; what programs write to each other is
    acted upon. `late`: they were passed over before.

    One that may have expired is late as well: by the day that relays sign, since its writer is told so by that day; it
    may be a day ahead of what we have read.
    """
    for letter, whole in whole_letters:
        parsed = parse_letter(whole)
        match parsed.kind:
            case LetterKind.QUESTION:
                take = question.receive_late if late else question.receive
                take(tx, contact, parsed.body, arrived_at)
                continue
            case LetterKind.HANDOVER:
                handovers.receive(tx, contact, parsed.body, arrived_at)
                continue
            case LetterKind.TEXT | LetterKind.PICTURE:
                pass
        old = may_be_over(parsed.written_day + constants(tx).letter_days, arrived_at, day_reached(tx))
        letters.add(tx, contact, letter, whole, arrived_at, late=late or old)


def _want_ack(tx: Tx, contact: int, content: CellContent, ack_due: float) -> None:
    """Content, a duplicate included, makes one ack-only cell due; an ack-only cell does not, or two clients would ack
    for ever.
    """
    if content.fragment is not None:
        want_ack(tx, contact, ack_due)
