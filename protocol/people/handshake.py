"""From two scanned cards to a relationship: one root, and from it everything the two will use.

    root = BLAKE2b(psk_1, psk_2, DH(a_1, r_2) | DH(r_1, a_2) | DH(r_1, r_2), card_1, card_2)

where 1 is the side whose card hash is smaller, a the agreement key and r the ratchet key. The pre-shared secrets,
which only ever travelled by QR, make recorded traffic useless to a later quantum computer. Invariant: both sides
derive the same; nothing comes from the rendezvous secret; whoever alters one bit of either card ends elsewhere.

Spec: docs/protocol.md, Handshake.
Decision 15.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from protocol.errors import ProtocolError
from protocol.people.key_card import DAY_S, MAX_CARD_DAYS, MeetCard, OwnCard, card_hash, encode_card
from protocol.primitives.agreement import shared_secret
from protocol.primitives.kdf import derive
from protocol.seams import RelayId
from protocol.streams.generations import Receiving, Sending
from protocol.streams.pigeonhole import ChainRoot, epoch_of

_FIRST: Final = b"first"
_SECOND: Final = b"second"


@dataclass(frozen=True, slots=True)
class Relationship:
    """What a meeting yields, as one side sees it. Erase the parts once streams and conversation exist.

    `first`: our card has the smaller hash. `send_root`, `receive_root`: stream roots of the epoch that `base_day`
    begins in. `own_session`, `their_session`: ratchet secrets of the session each side initiates.
    `healing`: key of generation 0, from which the roots of the next one will follow (protocol.ratchet.healing).
    `binding`: names this meeting and both whole cards, for whoever confirms it later; it opens nothing.
    """

    root: bytes = field(repr=False)
    first: bool
    base_day: int
    send_root: ChainRoot = field(repr=False)
    receive_root: ChainRoot = field(repr=False)
    own_session: bytes = field(repr=False)
    their_session: bytes = field(repr=False)
    own_ratchet_secret: bytes = field(repr=False)
    their_ratchet: bytes
    healing: bytes = field(repr=False)
    binding: bytes = field(repr=False)


def meet(own: OwnCard, theirs: MeetCard) -> Relationship:
    """Work out the relationship of two cards; the other side gets the mirror image.

    ProtocolError: our own card (or one with a key or secret of ours), another kind, or a key of small order.
    Expiry is the caller's check.
    """
    ours = own.card
    if ours.kind != theirs.kind:
        raise ProtocolError("the cards are of different kinds")
    mine = {ours.agreement, ours.ratchet, ours.psk, ours.rendezvous}
    if not mine.isdisjoint({theirs.agreement, theirs.ratchet, theirs.psk, theirs.rendezvous}):
        raise ProtocolError("this is our own card")
    first = card_hash(ours) < card_hash(theirs)
    agreed = [
        shared_secret(own.agreement_secret, theirs.ratchet),
        shared_secret(own.ratchet_secret, theirs.agreement),
        shared_secret(own.ratchet_secret, theirs.ratchet),
    ]
    if not first:
        agreed[0], agreed[1] = agreed[1], agreed[0]
    pair = (ours, theirs) if first else (theirs, ours)
    cards = [encode_card(card) for card in pair]
    root = derive(b"sosik meeting", *[card.psk for card in pair], b"".join(agreed), *cards)
    out, back = (_FIRST, _SECOND) if first else (_SECOND, _FIRST)
    return Relationship(
        root=root,
        first=first,
        base_day=max(min(ours.expiry_day, theirs.expiry_day) - MAX_CARD_DAYS, 0),
        send_root=ChainRoot(derive(b"sosik stream", root, out)),
        receive_root=ChainRoot(derive(b"sosik stream", root, back)),
        own_session=derive(b"sosik session", root, out),
        their_session=derive(b"sosik session", root, back),
        own_ratchet_secret=own.ratchet_secret,
        their_ratchet=theirs.ratchet,
        healing=derive(b"sosik healing", root),
        binding=derive(b"sosik binding", root, *cards),
    )


def begin_streams(
    relationship: Relationship, now: float, epoch_s: float, relays: Iterable[RelayId], retained: int
) -> tuple[Sending, Receiving]:
    """Return both streams, moved to the epoch of `now`. `retained`: see `stream.retained_epochs`.

    Both sides count from the epoch in which `base_day` begins, before either card can have been made, and so agree
    whenever each of them finishes the meeting. ProtocolError: `now` is before that, so a card or the clock is wrong.
    """
    base, present = epoch_of(relationship.base_day * DAY_S, epoch_s), epoch_of(now, epoch_s)
    if present < base:
        raise ProtocolError("a card expires too far in the future")
    everyone = tuple(relays)
    sending = Sending.begin(relationship.send_root, base, everyone, retained)
    sending.roll(present, everyone, retained)
    receiving = Receiving.begin(relationship.receive_root, base, everyone, retained)
    receiving.roll(present, everyone, retained)
    return sending, receiving
