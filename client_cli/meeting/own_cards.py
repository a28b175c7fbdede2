"""Our cards for people to come: made for one person, used once.

Invariant: a card is the same until it is used or has expired, however often it is asked for. Spec: docs/protocol.md,
Key cards.
"""

import msgspec

from client_cli.errors import NameProblem
from client_cli.i18n import N_
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
from protocol.people.key_card import (
    CARD_DAYS,
    CardKind,
    MeetCard,
    card_hash,
    encode_card_text,
    encode_own_card,
    make_card,
    parse_own_card,
)
from protocol.primitives.days import day_of
from protocol.seams import Entropy

__all__ = ["find_owner", "introduce_card", "make_introduce_card", "new_card"]


def make_introduce_card(vault: Transactions, name: str, now: float, entropy: Entropy) -> str:
    """The text of our card for `name`, to be given to a helper: a new one, or the one made before. CardProblem: it is
    in use; NameProblem, KeyUnavailable.
    """
    with vault.transaction() as tx:
        return encode_card_text(introduce_card(tx, name, now, entropy))


def introduce_card(tx: Tx, name: str, now: float, entropy: Entropy) -> MeetCard:
    """Like `make_introduce_card`, inside a transaction."""
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
            return own.card
        number = person.number
    else:
        record = PersonRecord(kept, Label.NOT_CONFIRMED)
        number = add_contact(tx, record, State.MEETING)
    return new_card(tx, number, record, now, entropy)


def find_owner(tx: Tx, named: bytes) -> Person | None:
    """The person to come for whom our card of this hash was made."""
    for person in people_in(tx):
        if person.state is not State.CLOSED and get_record(tx, person.number).own_hash == named:
            return person
    return None


def new_card(tx: Tx, number: int, record: PersonRecord, now: float, entropy: Entropy) -> MeetCard:
    """Make our card for a person to come, and keep it in their record."""
    own = make_card(CardKind.INTRODUCE, "", day_of(now) + CARD_DAYS, entropy)
    put_record(tx, number, msgspec.structs.replace(record, own_card=encode_own_card(own), own_hash=card_hash(own.card)))
    return own.card
