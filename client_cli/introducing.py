"""Meeting through a helper: a card for one person to come, what the helper hands back, and requests.

Invariant: an introduced person is *not confirmed*, and is shown with the helper's name and community; an introduction
is taken only for the card it names, from a helper whose certificate holds today by the newest roster; each card is used
once; nobody who answers a card of ours becomes a contact before we accept. docs/protocol.md, Introductions.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from client_cli.community import find_roster
from client_cli.contacts import (
    Label,
    PersonRecord,
    State,
    add_contact,
    clean_name,
    close_in,
    find_in,
    get_record,
    people_in,
    put_record,
)
from client_cli.errors import CardProblem, NameProblem
from client_cli.i18n import N_
from client_cli.meeting import finish
from client_cli.tx import Transactions, Tx
from protocol.certificate import CertificateExpired, CertificateRevoked
from protocol.days import day_of
from protocol.errors import ProtocolError
from protocol.introduction import (
    NOBODY,
    Introduction,
    SealedAnswer,
    check_answer,
    check_introduction,
    encode_answer,
    encode_text,
    open_answer,
    parse_text,
    seal_answer,
)
from protocol.keycard import (
    CARD_DAYS,
    CardKind,
    MeetCard,
    card_hash,
    encode_card,
    encode_card_text,
    encode_own_card,
    make_card,
    parse_own_card,
)
from protocol.roster import Roster
from protocol.seams import Entropy

__all__ = ["Taken", "accept", "make_introduce_card", "refuse", "take_introduction"]

USED = N_("This card was used already - stop. Nothing was changed; ask your helper what happened.")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a scanned card led to. `introducer`: the helper and the community. `answer`: text of the answering card, to
    be handed back (one way). `request`: somebody answered our card and waits to be accepted or refused.
    """

    name: str
    introducer: str
    answer: str | None = None
    request: bool = False


def make_introduce_card(vault: Transactions, name: str, now: float, entropy: Entropy) -> str:
    """The text of our card for `name`, to be given to a helper: a new one, or the one made before. CardProblem: it is
    in use; NameProblem, KeyUnavailable.
    """
    with vault.transaction() as tx:
        kept = clean_name(name)
        person = find_in(tx, kept)
        if person is not None and person.state is not State.CLOSED:
            record = get_record(tx, person.number)
            if record.own_card is None or record.binding is not None:
                raise NameProblem(
                    N_("You and {name} know each other already; nothing was changed, take another name."), name=kept
                )
            own = parse_own_card(record.own_card)
            if own.card.kind is not CardKind.INTRODUCE:
                raise NameProblem(N_("You are already meeting {name} in person; nothing was changed."), name=kept)
            if not own.card.is_expired(now):
                return encode_card_text(own.card)
            number = person.number
        else:
            record = PersonRecord(kept, Label.NOT_CONFIRMED)
            number = add_contact(tx, record, State.MEETING)
        return encode_card_text(_new_card(tx, number, record, now, entropy))


def take_introduction(vault: Transactions, name: str, text: str, now: float, entropy: Entropy) -> Taken:
    """Take what a helper handed over for `name`. CardProblem: not for this person, used, expired, revoked or forged;
    NameProblem, KeyUnavailable.
    """
    try:
        found = parse_text(text)
    except ProtocolError:
        raise CardProblem from None
    with vault.transaction() as tx:
        roster = find_roster(tx)
        if roster is None:
            raise CardProblem(
                N_("The community's list has not come yet; nothing was changed; run sosik online, then try again.")
            )
        match found:
            case MeetCard():
                raise CardProblem(N_("This card has not passed through a helper yet; nothing was changed."))
            case SealedAnswer():
                return _take_request(tx, name, found, roster, now)
            case Introduction():
                return _take(tx, name, found, roster, now, entropy)


def accept(vault: Transactions, name: str, now: float) -> Taken:
    """Accept whoever answered our card: not confirmed, but letters can be written. CardProblem, KeyUnavailable."""
    with vault.transaction() as tx:
        number, record = _request(tx, name)
        finish(tx, number, record, now)
        return Taken(record.name, record.introducer)


def refuse(vault: Transactions, name: str) -> None:
    """Refuse whoever answered our card; the card is used up. Nobody is told. CardProblem, KeyUnavailable."""
    with vault.transaction() as tx:
        close_in(tx, _request(tx, name)[0])


def _take(tx: Tx, name: str, found: Introduction, roster: Roster, now: float, entropy: Entropy) -> Taken:
    _check(lambda: check_introduction(found, roster, day_of(now)))
    if found.card.is_expired(now):
        raise CardProblem(N_("This card is too old; nothing was changed, please ask for a new one."))
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
        _new_card(tx, number, record, now, entropy)
        record = get_record(tx, number)
        own = parse_own_card(record.own_card or b"")
        answer = encode_text(encode_answer(seal_answer(found, own, entropy)))
    else:
        if person is None or get_record(tx, person.number).own_hash != found.to:
            raise CardProblem(
                N_("This card was not made for {name}; nothing was changed; ask your helper which one is yours."),
                name=kept,
            )
        number, record = person.number, get_record(tx, person.number)
    record = msgspec.structs.replace(
        record, their_card=encode_card(found.card), their_hash=card_hash(found.card), introducer=introducer
    )
    put_record(tx, number, record)
    finish(tx, number, record, now)
    return Taken(record.name, introducer, answer)


def _take_request(tx: Tx, name: str, sealed: SealedAnswer, roster: Roster, now: float) -> Taken:
    person = find_in(tx, clean_name(name))
    record = None if person is None else get_record(tx, person.number)
    if person is None or record is None or record.own_hash != sealed.to:
        raise CardProblem(
            N_("This card was not made for {name}; nothing was changed; ask your helper which one is yours."),
            name=clean_name(name),
        )
    if record.binding is not None or record.their_card is not None or record.own_card is None:
        raise CardProblem(USED)
    own = parse_own_card(record.own_card)
    try:
        found = open_answer(sealed, own)
    except ProtocolError:
        raise CardProblem from None
    _check(lambda: check_answer(found, own.card, roster, day_of(now)))
    if found.card.is_expired(now) or own.card.is_expired(now):
        raise CardProblem(N_("This card is too old; nothing was changed, please ask for a new one."))
    _refuse_known(tx, card_hash(found.card))
    introducer = _introducer(found, roster)
    put_record(
        tx,
        person.number,
        msgspec.structs.replace(
            record, their_card=encode_card(found.card), their_hash=card_hash(found.card), introducer=introducer
        ),
    )
    return Taken(record.name, introducer, request=True)


def _request(tx: Tx, name: str) -> tuple[int, PersonRecord]:
    person = find_in(tx, clean_name(name))
    record = None if person is None else get_record(tx, person.number)
    if person is None or record is None or record.their_card is None or not record.introducer:
        raise CardProblem(N_("Nobody waits under the name {name}; nothing was changed."), name=clean_name(name))
    return person.number, record


def _new_card(tx: Tx, number: int, record: PersonRecord, now: float, entropy: Entropy) -> MeetCard:
    own = make_card(CardKind.INTRODUCE, "", day_of(now) + CARD_DAYS, entropy)
    put_record(tx, number, msgspec.structs.replace(record, own_card=encode_own_card(own), own_hash=card_hash(own.card)))
    return own.card


def _refuse_known(tx: Tx, named: bytes) -> None:
    """Each card is used once, by one person; and never our own."""
    for person in people_in(tx):
        record = get_record(tx, person.number)
        if named in (record.own_hash, record.their_hash):
            raise CardProblem(USED)


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
