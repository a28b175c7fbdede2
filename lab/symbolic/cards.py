"""The handshake, explored: each side is given every card that the attacker can compose of what he saw and made.

Depth: one meeting of two honest sides; every agreement key, ratchet key and pre-shared secret of theirs, ours and his
in every place, both kinds, two expiry days, a key of small order. He saw both genuine cards, as a messenger does that
carries two pictures.
"""

from dataclasses import dataclass
from itertools import product

from lab.symbolic.findings import Explored
from lab.symbolic.knowledge import Knowledge
from protocol.errors import ProtocolError
from protocol.people import handshake
from protocol.people.handshake import Relationship
from protocol.people.key_card import CardKind, MeetCard, OwnCard, make_card
from protocol.seams import SeededEntropy

MACHINE = "handshake"
DAY = 20_800
SMALL_ORDER = bytes(32)


@dataclass(frozen=True, slots=True)
class _Ended:
    """What one honest side ended with when it was given `theirs`."""

    theirs: MeetCard
    relationship: Relationship


def explore() -> Explored:
    """Explore the handshake."""
    found = Explored(MACHINE)
    entropy = SeededEntropy(b"handshake explored".ljust(32))
    one, other, his = (make_card(CardKind.MEET, "", DAY, entropy) for _ in range(3))
    composed = list(_composed([one.card, other.card, his.card]))
    found.tried = 2 * len(composed)
    ends = {own: _ends(own, composed, found) for own in (one, other)}
    found.states = sum(len(reached) for reached in ends.values())
    _reflections(one, composed, found)
    _agreement(one, other, ends, found)
    for own, genuine in ((one, other), (other, one)):
        _secrecy(own, genuine, his, ends[own], composed, found)
    return found


def _composed(parts: list[MeetCard]) -> list[MeetCard]:
    """Every card that can be put together from these cards' parts."""
    agreements = [*(part.agreement for part in parts), SMALL_ORDER]
    ratchets = [*(part.ratchet for part in parts), SMALL_ORDER]
    kinds = (CardKind.MEET, CardKind.INTRODUCE)
    return [
        MeetCard(kind, agreement, ratchet, secrets.psk, secrets.rendezvous, DAY + later)
        for agreement, ratchet, secrets, kind, later in product(agreements, ratchets, parts, kinds, (0, 1))
    ]


def _ends(own: OwnCard, composed: list[MeetCard], found: Explored) -> list[_Ended]:
    """Where one side ends with each card; refusals end nowhere, anything but a ProtocolError is broken."""
    reached = []
    for card in composed:
        try:
            reached.append(_Ended(card, handshake.meet(own, card)))
        except ProtocolError:
            continue
    small = [end for end in reached if SMALL_ORDER in (end.theirs.agreement, end.theirs.ratchet)]
    found.check(not small, "a key of small order is refused", "in a composed card")
    for end in reached:
        r = end.relationship
        secrets = [r.root, r.send_root, r.receive_root, r.own_session, r.their_session, r.binding]
        found.check(len(set(secrets)) == len(secrets), "every secret has one use", repr(end.theirs.kind))
    return reached


def _reflections(own: OwnCard, composed: list[MeetCard], found: Explored) -> None:
    """A card with any part of ours is ours, whoever shows it."""
    ours = {own.card.agreement, own.card.ratchet, own.card.psk, own.card.rendezvous}
    for card in [own.card, *composed]:
        if ours & {card.agreement, card.ratchet, card.psk, card.rendezvous}:
            try:
                handshake.meet(own, card)
            except ProtocolError:
                continue
            found.check(False, "a reflected key is refused", "a card with a part of our own was taken")


def _agreement(one: OwnCard, other: OwnCard, ends: dict[OwnCard, list[_Ended]], found: Explored) -> None:
    """Two sides that hold the same binding, root or stream hold each other's whole cards."""
    mirrored = {end.relationship.binding: end for end in ends[other]}
    by_root = {end.relationship.root: end for end in ends[other]}
    by_stream: dict[bytes, _Ended] = {end.relationship.receive_root: end for end in ends[other]}
    met = False
    for end in ends[one]:
        r = end.relationship
        for value, held, what in (
            (r.binding, mirrored, "binding"),
            (r.root, by_root, "root"),
            (r.send_root, by_stream, "stream"),
        ):
            partner = held.get(value)
            if partner is None:
                continue
            genuine = end.theirs == other.card and partner.theirs == one.card
            found.check(genuine, f"the same {what} means the same two cards", f"expiry {end.theirs.expiry_day - DAY}")
            met = met or genuine
            same = partner.relationship.their_session == r.own_session
            found.check(same, "what one sends, the other receives", what)
    found.check(met, "two honest sides meet", "the genuine cards were exchanged")


def _secrecy(
    own: OwnCard, genuine: OwnCard, his: OwnCard, ends: list[_Ended], composed: list[MeetCard], found: Explored
) -> None:
    """He has a root only if both keys of the card that was taken are his own."""
    knows = Knowledge(
        {his.agreement_secret, his.ratchet_secret},
        {key for one in (own.card, genuine.card, his.card) for key in (one.agreement, one.ratchet)},
        {own.card, genuine.card, *composed},
    )
    preshared = [own.card.psk, genuine.card.psk, his.card.psk]
    derivable = False
    for end in ends:
        if end.theirs.kind is not CardKind.MEET or end.theirs.expiry_day != DAY:
            continue
        found.tried += 1
        has = end.relationship.root in set(knows.roots(own.card, end.theirs, preshared))
        both_his = end.theirs.agreement == his.card.agreement and end.theirs.ratchet == his.card.ratchet
        derivable = derivable or has
        found.check(not has or both_his, "a root needs both keys of one side", "a mixed card gave him the root")
        blind = end.relationship.root in set(knows.roots(own.card, end.theirs, [his.card.psk]))
        found.check(not blind, "a root needs the pre-shared secrets", "without having seen our card")
    found.check(derivable, "the attacker can derive what he should", "his own card gives him the root")
    taped = Knowledge(
        {own.agreement_secret, own.ratchet_secret, genuine.agreement_secret, genuine.ratchet_secret},
        {key for one in (own.card, genuine.card) for key in (one.agreement, one.ratchet)},
        {own.card, genuine.card},
    )
    true_root = handshake.meet(own, genuine.card).root
    found.check(
        true_root not in set(taped.roots(own.card, genuine.card, ())),
        "X25519 broken later is not enough",
        "all four secrets known, no pre-shared secret",
    )
    found.check(
        true_root in set(taped.roots(own.card, genuine.card, [own.card.psk, genuine.card.psk])),
        "the attacker can derive what he should",
        "everything known gives him the root",
    )
