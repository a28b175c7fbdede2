"""Meeting in person: show my card, scan theirs, in either order, with any pause between.

Invariant: a card is made for one person and used once; when both are there the handshake runs in the same transaction
and the secrets of our card are erased. What was begun is kept, so a meeting can be interrupted anywhere.
Spec: docs/protocol.md, Meeting.
Decision 15.
"""

from enum import Enum, unique

import msgspec

from client_cli.errors import CardProblem, NameProblem
from client_cli.i18n import N_
from client_cli.people.contacts import (
    Label,
    PersonRecord,
    Standing,
    State,
    add_contact,
    clean_name,
    find_in,
    get_record,
    people_in,
    put_record,
    set_standing,
    set_state,
    standing_of,
)
from client_cli.streams import streams
from client_cli.streams.ratchets import create_conversation
from client_cli.vault.transaction import Transactions, Tx
from protocol.errors import ProtocolError
from protocol.people.handshake import meet
from protocol.people.key_card import (
    CARD_DAYS,
    DAY_S,
    CardKind,
    MeetCard,
    card_hash,
    encode_card,
    encode_card_text,
    encode_own_card,
    make_card,
    parse_card,
    parse_card_text,
    parse_own_card,
)
from protocol.primitives.days import day_of
from protocol.seams import Entropy

__all__ = ["MeetingProgress", "finish", "progress", "scan_card", "show_card"]


@unique
class MeetingProgress(Enum):
    """How far a meeting is."""

    SHOWN = "our card is made, theirs is not scanned yet"
    SCANNED = "their card is scanned, ours is not made yet"
    DONE = "both cards are used; letters can be written"


def show_card(vault: Transactions, name: str, now: float, entropy: Entropy) -> str:
    """The text of our card for `name`: a new one, or the one that was made for this meeting.

    If their card was scanned before, this finishes the meeting. After that the card can be shown again until the other
    side was heard. CardProblem: the meeting is over. NameProblem, KeyUnavailable.
    """
    with vault.transaction() as tx:
        number, record = _begin(tx, name)
        if record.own_card is not None:
            card = _public_card(record.own_card)
            if not card.is_expired(now):
                return encode_card_text(card)
        if record.binding is not None:
            raise CardProblem(N_("You and {name} have met already; nothing was changed."), name=record.name)
        own = make_card(CardKind.MEET, "", day_of(now) + CARD_DAYS, entropy)
        record = msgspec.structs.replace(record, own_card=encode_own_card(own), own_hash=card_hash(own.card))
        put_record(tx, number, record)
        finish(tx, number, record, now)
        return encode_card_text(own.card)


def scan_card(vault: Transactions, name: str, card_text: str, now: float) -> MeetingProgress:
    """Take their card. CardProblem: no card, expired, our own, or used before; NameProblem, KeyUnavailable."""
    theirs = _parse(card_text, now)
    named = card_hash(theirs)
    with vault.transaction() as tx:
        for person in people_in(tx):
            other = get_record(tx, person.number)
            if other.own_hash == named:
                raise CardProblem(
                    N_("This is your own card; nothing was changed, scan the one {name} shows you."),
                    name=clean_name(name),
                )
            if other.their_hash == named:
                raise CardProblem(
                    N_("This card was scanned already, for {name}; nothing was changed, a card is used once."),
                    name=other.name,
                )
        number, record = _begin(tx, name)
        if record.binding is not None:
            raise NameProblem(
                N_("You and {name} have met already; nothing was changed, use another name for somebody else."),
                name=record.name,
            )
        if record.their_hash is not None:
            raise CardProblem(
                N_("You have scanned another card for {name}; nothing was changed, close that meeting first."),
                name=record.name,
            )
        record = msgspec.structs.replace(record, their_card=encode_card(theirs), their_hash=named)
        put_record(tx, number, record)
        return finish(tx, number, record, now)


def progress(vault: Transactions, name: str) -> MeetingProgress | None:
    """How far the meeting with `name` is; None when none was begun."""
    with vault.transaction() as tx:
        person = find_in(tx, name)
        return None if person is None or person.state is State.CLOSED else _progress(get_record(tx, person.number))


def _progress(record: PersonRecord) -> MeetingProgress:
    if record.binding is not None:
        return MeetingProgress.DONE
    return MeetingProgress.SHOWN if record.their_card is None else MeetingProgress.SCANNED


def _begin(tx: Tx, name: str) -> tuple[int, PersonRecord]:
    """The pending or finished contact of this name, or a new one."""
    kept = clean_name(name)
    person = find_in(tx, kept)
    if person is not None and person.state is not State.CLOSED:
        begun = get_record(tx, person.number)
        own = None if begun.own_card is None or begun.binding is not None else _public_card(begun.own_card)
        if own is not None and own.kind is CardKind.INTRODUCE:
            raise NameProblem(
                N_(
                    "You are meeting {name} through a helper; nothing was changed; take another name, or end that"
                    " first: sosik close {name}"
                ),
                name=kept,
            )
        return person.number, _without_old_card(tx, person.number, begun)
    record = PersonRecord(kept, Label.NOT_CONFIRMED)
    return add_contact(tx, record, State.MEETING), record


def _without_old_card(tx: Tx, number: int, record: PersonRecord) -> PersonRecord:
    """Our card from before the vault was put back may have been used by another run: another one is made."""
    if record.binding is not None or standing_of(tx, number) is not Standing.ASKING:
        return record
    set_standing(tx, number, Standing.SOUND)
    record = msgspec.structs.replace(record, own_card=None)
    put_record(tx, number, record)
    return record


def finish(tx: Tx, number: int, record: PersonRecord, now: float) -> MeetingProgress:
    """Run the handshake if both cards are there. Cards alone confirm nobody: see client_cli.meeting.spoken_words."""
    record = _without_old_card(tx, number, record)
    if record.own_card is None or record.their_card is None:
        return _progress(record)
    own, theirs = parse_own_card(record.own_card), parse_card(record.their_card)
    if not isinstance(theirs, MeetCard):
        raise CardProblem
    try:
        relationship = meet(own, theirs)
    except ProtocolError:
        raise CardProblem from None
    if now < relationship.base_day * DAY_S:
        raise CardProblem(
            N_("The date of this card or of this computer is wrong; nothing was changed, check the clock.")
        )
    create_conversation(tx, number, relationship)
    streams.add_streams(
        tx, number, relationship.send_root, relationship.receive_root, float(relationship.base_day * DAY_S)
    )
    label = Label.CARDS if theirs.kind is CardKind.MEET else Label.NOT_CONFIRMED
    met = msgspec.structs.replace(
        record, label=label, own_card=encode_card(own.card), their_card=None, binding=relationship.binding
    )
    put_record(tx, number, met)
    set_state(tx, number, State.READY)
    tx.mark_erasing()
    return MeetingProgress.DONE


def _public_card(kept: bytes) -> MeetCard:
    """Our card as kept: with its secrets before the handshake, without them after it."""
    try:
        card = parse_card(kept)
    except ProtocolError:
        return parse_own_card(kept).card
    if not isinstance(card, MeetCard):
        raise CardProblem
    return card


def _parse(card_text: str, now: float) -> MeetCard:
    try:
        card = parse_card_text(card_text)
    except ProtocolError:
        raise CardProblem from None
    if not isinstance(card, MeetCard) or card.kind is not CardKind.MEET:
        raise CardProblem(N_("This card is for something else; nothing was changed, for an invitation use: sosik join"))
    if card.is_expired(now):
        raise CardProblem(N_("This card is too old; nothing was changed, please ask for a new one."))
    return card
