"""Cards, introductions and answers that came as letters: keeping them until somebody decides, and sending them.

Invariant: a handover is a letter like any other and moves no slot; nobody becomes a contact by one; what came is kept
until it is accepted, refused or passed on, and no longer than its card is good. Of a card that was passed on one way
stays whose it was, until the answer has gone to its owner. Spec: docs/protocol.md, Introductions.
Decisions 60, 80, 81.
"""

from dataclasses import dataclass

import msgspec

from client_cli.community.clock import day_confirmed
from client_cli.errors import CardProblem, KeyUnavailable
from client_cli.i18n import N_
from client_cli.meeting.own_cards import find_owner, introduce_card
from client_cli.outbox.letters import queue_step
from client_cli.people.contacts import Person, State, get_person, get_record
from client_cli.vault.keys import Counter
from client_cli.vault.transaction import Transactions, Tx
from protocol.errors import ProtocolError
from protocol.letters.letter import LetterKind
from protocol.people.card_name import fit_name
from protocol.people.handover import MAX_WAITING, Handover, encode_handover, parse_handover
from protocol.people.introduction import (
    NOBODY,
    Introduction,
    Passed,
    SealedAnswer,
    encode_passed,
    open_answer,
    parse_passed,
)
from protocol.people.key_card import CARD_DAYS, DAY_S, MeetCard, card_hash, parse_own_card
from protocol.seams import Entropy

__all__ = [
    "WaitingHandover",
    "forget",
    "forget_person",
    "get_waiting",
    "give",
    "hand_over",
    "is_ours",
    "receive",
    "remember_owner",
    "waiting_in",
]


@dataclass(frozen=True, slots=True)
class WaitingHandover:
    """What `sender` handed over. `name`: whom a card is for, or whose card it is, in the sender's words, or ""."""

    number: int
    sender: Person
    name: str
    passed: Passed


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """`passed_on`: a card whose answer is awaited; it is shown no more."""

    name: str
    passed: bytes
    forget_at: float
    passed_on: bool = False


def give(vault: Transactions, helper: Person, name: str, now: float, entropy: Entropy) -> None:
    """Give our card for `name` to a helper we write to, who is told the name. NameProblem, NotReady, KeyUnavailable."""
    with vault.transaction() as tx:
        hand_over(tx, helper, name, introduce_card(tx, name, now, entropy), now)


def hand_over(tx: Tx, to: Person, name: str, passed: Passed, now: float) -> None:
    """Queue it for somebody. `name`: what they are told, cut to what fits. NotReady, KeyUnavailable."""
    queue_step(tx, to, LetterKind.HANDOVER, encode_handover(Handover(fit_name(name), passed)), now)


def receive(tx: Tx, contact: int, body: bytes, now: float) -> None:
    """Receive one that came in a letter. Never raises for peer data: what nobody here can use is passed over."""
    try:
        found = parse_handover(body)
    except ProtocolError:
        return
    if isinstance(found.passed, SealedAnswer) and not is_ours(tx, found.passed):
        owner = _find_owner_of_passed(tx, found.passed.to)
        if owner is not None:
            number, person = owner
            hand_over(tx, person, "", found.passed, now)
            forget(tx, number)
            return
    if isinstance(found.passed, Introduction) and found.passed.to != NOBODY and not find_owner(tx, found.passed.to):
        return
    kept = _Kept(found.name, encode_passed(found.passed), _forget_at(found.passed, now))
    rows = [(sender, _get(tx, number)) for number, sender in _rows(tx) if sender == contact]
    if len(rows) < MAX_WAITING and kept.passed not in [one.passed for _, one in rows]:
        number = tx.next_number(Counter.HANDOVERS)
        tx.execute("INSERT INTO handovers VALUES (?, ?, ?)", (number, contact, _seal(tx, number, kept)))


def waiting_in(tx: Tx, now: float) -> list[WaitingHandover]:
    """All that wait, oldest first, without those of people who are paused; erases what is too old. KeyUnavailable."""
    if not tx.has_letters_key:
        raise KeyUnavailable
    found = []
    for number, contact in _rows(tx):
        kept, sender = _get(tx, number), get_person(tx, contact)
        if kept.forget_at <= now:
            if day_confirmed(tx, now):
                forget(tx, number)
        elif not kept.passed_on and sender.state is State.READY:
            found.append(WaitingHandover(number, sender, kept.name, parse_passed(kept.passed)))
    return found


def get_waiting(tx: Tx, number: int, now: float) -> WaitingHandover:
    """One that waits. CardProblem: there is none of this number."""
    for one in waiting_in(tx, now):
        if one.number == number:
            return one
    raise CardProblem(N_("Nothing waits under the number {number}; nothing was changed."), number=number)


def forget(tx: Tx, number: int) -> None:
    """Erase one, from the file and its log."""
    tx.execute("DELETE FROM handovers WHERE number = ?", (number,))
    tx.mark_erasing()


def remember_owner(tx: Tx, waiting: WaitingHandover) -> None:
    """A card that waited goes on one way: show it no more, and keep whose it is until the answer comes."""
    kept = msgspec.structs.replace(_get(tx, waiting.number), passed_on=True, name="")
    tx.execute(
        "UPDATE handovers SET sealed_handover = ? WHERE number = ?",
        (_seal(tx, waiting.number, kept), waiting.number),
    )


def is_ours(tx: Tx, answer: SealedAnswer) -> bool:
    """Whether it answers a card of ours, and opens."""
    owner = find_owner(tx, answer.to)
    own_card = None if owner is None else get_record(tx, owner.number).own_card
    if own_card is None:
        return False
    try:
        open_answer(answer, parse_own_card(own_card))
    except ProtocolError:
        return False
    return True


def _find_owner_of_passed(tx: Tx, named: bytes) -> tuple[int, Person] | None:
    """The row and the owner of a card that was passed on one way; None: not here, or nobody we can write to."""
    for number, contact in _rows(tx):
        kept = _get(tx, number)
        passed = parse_passed(kept.passed)
        if kept.passed_on and isinstance(passed, MeetCard) and card_hash(passed) == named:
            owner = get_person(tx, contact)
            return (number, owner) if owner.state in (State.READY, State.PAUSED) else None
    return None


def _forget_at(passed: Passed, now: float) -> float:
    match passed:
        case MeetCard():
            return (passed.expiry_day + 1.0) * DAY_S
        case Introduction():
            return (passed.card.expiry_day + 1.0) * DAY_S
        case SealedAnswer():
            return now + CARD_DAYS * DAY_S


def _rows(tx: Tx) -> list[tuple[int, int]]:
    return [(number, contact) for number, contact in tx.all("SELECT number, contact FROM handovers ORDER BY number")]


def _get(tx: Tx, number: int) -> _Kept:
    row = tx.find("SELECT sealed_handover FROM handovers WHERE number = ?", (number,))
    if row is None:
        raise LookupError("a handover that is gone")
    return msgspec.msgpack.decode(tx.box.open("handovers", number, "sealed_handover", row[0]), type=_Kept)


def _seal(tx: Tx, number: int, kept: _Kept) -> bytes:
    return tx.box.seal("handovers", number, "sealed_handover", msgspec.msgpack.encode(kept))


def forget_person(tx: Tx, number: int) -> None:
    """Erase what a person handed over."""
    tx.execute("DELETE FROM handovers WHERE contact = ?", (number,))
