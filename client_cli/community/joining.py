"""Joining a community with an invitation.

Invariant: joining makes no exchange; roster and board are learned through the ordinary exchanges that follow, which
look like everybody's. Spec: docs/protocol.md, Enrolment.
Decision 108.
"""

from enum import Enum, unique

from client_cli.errors import AlreadyJoined, CardProblem
from client_cli.i18n import N_
from client_cli.vault.keys import Key, ticket_tried_at
from client_cli.vault.transaction import Transactions, Tx
from protocol.errors import ProtocolError
from protocol.people.key_card import InviteCard, encode_card, parse_card_text

__all__ = ["Refusal", "community_name", "find_refusal", "is_member", "join"]


@unique
class Refusal(Enum):
    """Why post boxes that answer do not let us in."""

    INVITATION = "somebody used the invitation before"
    ACCESS = "what let us in does so no more"


def find_refusal(tx: Tx) -> Refusal | None:
    """Why we are not let in, as far as a relay has said; None: we are, or none has said anything yet."""
    if tx.get(Key.ACCESS_REFUSED) is not None:
        return Refusal.ACCESS
    used = tx.get(Key.INVITATION_REFUSED) is not None
    return Refusal.INVITATION if used and tx.get(Key.ACCESS_SECRET) is None else None


def _parse(card_text: str, now: float) -> InviteCard:
    try:
        card = parse_card_text(card_text)
    except ProtocolError:
        raise CardProblem from None
    if not isinstance(card, InviteCard):
        raise CardProblem(N_("This card is not an invitation; nothing was changed, to meet someone use: sosik meet"))
    if card.is_expired(now):
        raise CardProblem(N_("This invitation is too old; nothing was changed, please ask for a new one."))
    return card


def _let_in(tx: Tx) -> bool:
    return tx.get(Key.ACCESS_SECRET) is not None and tx.get(Key.ACCESS_REFUSED) is None


def community_name(card_text: str, now: float) -> str:
    """The name an invitation gives for its community, without taking it. CardProblem."""
    return _parse(card_text, now).name


def is_member(vault: Transactions, card_text: str, now: float) -> bool:
    """Whether the community of an invitation has let us in already: whoever takes this one as well is asked first.
    CardProblem."""
    card = _parse(card_text, now)
    with vault.transaction() as tx:
        return tx.get(Key.COMMUNITY_KEY) == card.community_key and _let_in(tx)


def join(vault: Transactions, card_text: str, now: float, *, again: bool = False) -> str:
    """Take an invitation; the community's name.

    A second invitation to the same community is taken while the first one has not let us in (a relay told us its
    access secret), and once relays refuse what it let us in with. A member takes one only `again`: its relays are then
    asked first, until they have shown what all agree on, for those we know may keep the newest roster from us. One to
    another community is never taken. CardProblem, AlreadyJoined.
    """
    card = _parse(card_text, now)
    with vault.transaction() as tx:
        known, let_in = tx.get(Key.COMMUNITY_KEY), _let_in(tx)
        if known is not None and (known != card.community_key or (let_in and not again)):
            raise AlreadyJoined
        if let_in:
            tx.put(Key.INVITED_AGAIN, b"")
            tx.delete(Key.GUARD)  # the first relay of the invitation is begun with as a stranger
        else:
            for stale in (Key.ACCESS_SECRET, Key.ACCESS_REFUSED):
                tx.delete(stale)
        tx.put(Key.COMMUNITY_KEY, card.community_key)
        tx.put(Key.INVITE, encode_card(card))
        tx.delete(Key.INVITATION_REFUSED)
        for entry in card.entries:
            tx.delete(ticket_tried_at(entry.relay))
    return card.name
