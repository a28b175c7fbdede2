"""Meeting through a helper: what the helper hands back, and requests.

Invariant: an introduced person is *not confirmed*, and is shown with the helper's name and community; an introduction
is taken only for the card it names, from a helper whose certificate holds today by the newest roster; each card is used
once; nobody who answers a card of ours becomes a contact before we accept. Spec: docs/protocol.md, Introductions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from client_cli.community.membership import find_roster
from client_cli.errors import CardProblem, NameProblem
from client_cli.i18n import N_
from client_cli.meeting.closing import close_in
from client_cli.meeting.in_person import finish
from client_cli.meeting.own_cards import find_owner, new_card
from client_cli.people.contacts import (
    Label,
    Person,
    PersonRecord,
    State,
    add_contact,
    clean_name,
    find_in,
    get_record,
    people_in,
    put_record,
)
from client_cli.vault.transaction import Transactions, Tx
from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.people.certificate import CertificateExpired, CertificateRevoked
from protocol.people.introduction import (
    NOBODY,
    Introduction,
    Passed,
    SealedAnswer,
    check_answer,
    check_introduction,
    encode_answer,
    encode_text,
    open_answer,
    parse_text,
    seal_answer,
)
from protocol.people.key_card import MeetCard, card_hash, encode_card, parse_own_card
from protocol.primitives.days import day_of
from protocol.seams import Entropy

__all__ = [
    "CardOutcome",
    "accept",
    "accept_introduction",
    "accept_passed",
    "introducer_of",
    "refuse",
    "requests_in",
]

USED = N_("This card was used already - stop. Nothing was changed; ask your helper what happened.")


@dataclass(frozen=True, slots=True)
class CardOutcome:
    """What a scanned card led to. `introducer`: the helper and the community. `answer`: text of the answering card, to
    be handed back (one way). `request`: somebody answered our card and waits to be accepted or refused.
    """

    name: str
    introducer: str
    answer: str | None = None
    request: bool = False


def accept_introduction(vault: Transactions, name: str, text: str, now: float, entropy: Entropy) -> CardOutcome:
    """Accept what a helper handed over for `name`. CardProblem: not for this person, used, expired, revoked or forged;
    NameProblem, KeyUnavailable.
    """
    try:
        found = parse_text(text)
    except ProtocolError:
        raise CardProblem from None
    with vault.transaction() as tx:
        return accept_passed(tx, name, found, now, entropy)


def accept_passed(tx: Tx, name: str, passed: Passed, now: float, entropy: Entropy) -> CardOutcome:
    """Like `accept_introduction`, inside a transaction."""
    roster = find_roster(tx)
    if roster is None:
        raise CardProblem(
            N_("The community's list has not come yet; nothing was changed; run sosik online, then try again.")
        )
    match passed:
        case MeetCard():
            raise CardProblem(N_("This card has not passed through a helper yet; nothing was changed."))
        case SealedAnswer():
            return _accept_request(tx, name, passed, roster, now)
        case Introduction():
            return _accept_introduction(tx, name, passed, roster, now, entropy)


def introducer_of(tx: Tx, passed: Introduction | SealedAnswer, now: float) -> str:
    """The helper and the community that would be shown. CardProblem: it cannot be taken, and why."""
    roster = find_roster(tx)
    if roster is None:
        raise CardProblem(
            N_("The community's list has not come yet; nothing was changed; run sosik online, then try again.")
        )
    if isinstance(passed, SealedAnswer):
        owner = find_owner(tx, passed.to)
        record = None if owner is None else get_record(tx, owner.number)
        if record is None:
            raise CardProblem
        return _introducer(_open(passed, record, roster, now), roster)
    _check(lambda: check_introduction(passed, roster, day_of(now)))
    return _introducer(passed, roster)


def requests_in(tx: Tx) -> list[Person]:
    """People who answered our cards, by picture, and wait to be accepted or refused."""
    return [
        person
        for person in people_in(tx)
        if person.state is State.MEETING and person.introducer and get_record(tx, person.number).their_card is not None
    ]


def accept(tx: Tx, name: str, now: float) -> CardOutcome:
    """Accept whoever answered our card: not confirmed, but letters can be written. CardProblem, KeyUnavailable."""
    number, record = _request(tx, name)
    finish(tx, number, record, now)
    return CardOutcome(record.name, record.introducer)


def refuse(tx: Tx, name: str) -> None:
    """Refuse whoever answered our card; the card is used up. Nobody is told. CardProblem, KeyUnavailable."""
    close_in(tx, _request(tx, name)[0])


def _accept_introduction(
    tx: Tx, name: str, found: Introduction, roster: Roster, now: float, entropy: Entropy
) -> CardOutcome:
    _check(lambda: check_introduction(found, roster, day_of(now)))
    if found.card.is_expired(now):
        raise CardProblem(N_("This card is too old; nothing was changed, please ask for a new one."))
    _refuse_the_others(tx, card_hash(found.card))
    _refuse_known(tx, card_hash(found.card))
    introducer = _introducer(found, roster)
    kept = clean_name(name)
    person = find_in(tx, kept)
    if person is not None and person.state is State.CLOSED:
        person = None
    answer = None
    if found.to == NOBODY:
        if person is not None:
            raise NameProblem(N_("You already have somebody called {name}; nothing was changed."), name=person.name)
        record = PersonRecord(kept, Label.NOT_CONFIRMED)
        number = add_contact(tx, record, State.MEETING)
        new_card(tx, number, record, now, entropy)
        record = get_record(tx, number)
        own = parse_own_card(record.own_card or b"")
        answer = encode_text(encode_answer(seal_answer(found, own, entropy)))
    else:
        if person is None or get_record(tx, person.number).own_hash != found.to:
            raise _not_for(tx, found.to, kept)
        number, record = person.number, get_record(tx, person.number)
        if record.binding is not None or record.their_card is not None:
            raise CardProblem(USED)
    record = msgspec.structs.replace(
        record, their_card=encode_card(found.card), their_hash=card_hash(found.card), introducer=introducer
    )
    put_record(tx, number, record)
    finish(tx, number, record, now)
    return CardOutcome(record.name, introducer, answer)


def _accept_request(tx: Tx, name: str, sealed: SealedAnswer, roster: Roster, now: float) -> CardOutcome:
    person = find_in(tx, clean_name(name))
    record = None if person is None else get_record(tx, person.number)
    if person is None or record is None or record.own_hash != sealed.to:
        raise _not_for(tx, sealed.to, clean_name(name))
    if record.binding is not None or record.their_card is not None or record.own_card is None:
        raise CardProblem(USED)
    found = _open(sealed, record, roster, now)
    _refuse_known(tx, card_hash(found.card))
    introducer = _introducer(found, roster)
    put_record(
        tx,
        person.number,
        msgspec.structs.replace(
            record, their_card=encode_card(found.card), their_hash=card_hash(found.card), introducer=introducer
        ),
    )
    return CardOutcome(record.name, introducer, request=True)


def _open(sealed: SealedAnswer, record: PersonRecord, roster: Roster, now: float) -> Introduction:
    """An answer to our card, checked."""
    if record.own_card is None or record.binding is not None:
        raise CardProblem(USED)
    own = parse_own_card(record.own_card)
    try:
        found = open_answer(sealed, own)
    except ProtocolError:
        raise CardProblem from None
    _check(lambda: check_answer(found, own.card, roster, day_of(now)))
    if found.card.is_expired(now) or own.card.is_expired(now):
        raise CardProblem(N_("This card is too old; nothing was changed, please ask for a new one."))
    return found


def _request(tx: Tx, name: str) -> tuple[int, PersonRecord]:
    person = find_in(tx, clean_name(name))
    record = None if person is None else get_record(tx, person.number)
    if person is None or record is None or record.their_card is None or not record.introducer:
        raise CardProblem(N_("Nobody waits under the name {name}; nothing was changed."), name=clean_name(name))
    return person.number, record


def _refuse_known(tx: Tx, named: bytes) -> None:
    """Each card is used once, by one person; and never our own."""
    for person in people_in(tx):
        record = get_record(tx, person.number)
        if named in (record.own_hash, record.their_hash):
            raise CardProblem(USED)


def _refuse_the_others(tx: Tx, named: bytes) -> None:
    """Of the two pictures of an introduction the one with our own card in it is for the other person."""
    other = find_owner(tx, named)
    if other is not None:
        raise CardProblem(
            N_(
                "This one is for {name}, the other person: your own card is in it. Nothing was changed; take the one"
                " that {name} has, or ask your helper for it."
            ),
            name=other.name,
        )


def _not_for(tx: Tx, to: bytes, name: str) -> CardProblem:
    """It answers no card of ours for this person; perhaps one for somebody else."""
    meant = find_owner(tx, to)
    if meant is None:
        return CardProblem(
            N_("This card was not made for {name}; nothing was changed; ask your helper which one is yours."), name=name
        )
    return CardProblem(
        N_("This one answers your card for {other}, not for {name}; nothing was changed; take it for {other}."),
        name=name,
        other=meant.name,
    )


def _introducer(found: Introduction, roster: Roster) -> str:
    return f"{found.certificate.name} ({roster.name})"


def _check(check: Callable[[], None]) -> None:
    try:
        check()
    except CertificateExpired:
        raise CardProblem(
            N_("This helper's certificate has expired; nothing was changed; ask for another helper.")
        ) from None
    except CertificateRevoked:
        raise CardProblem(
            N_("This helper may not introduce people any more - stop. Nothing was changed; ask for another helper.")
        ) from None
    except ProtocolError:
        raise CardProblem(
            N_("This card does not come from a helper of your community - stop. Nothing was changed.")
        ) from None
