"""Introductions, explored: a relative is shown every introduction that can be composed of what was ever signed.

Depth: two relatives who gave a helper a card each, the attacker with a card of his own. He carries everything (a
messenger, a relay, a helper's computer), holds the keys of a helper whose certificate was revoked, of one whose
certificate expired and of one of another community, and has every statement the honest helper signed. Each relative is
shown every card under every certificate, statement and addressee; what was taken is shown again; every answer to a
one-way introduction is made with every card.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import msgspec

from client_cli.errors import SosikError
from client_cli.meeting.introductions import accept, accept_introduction
from client_cli.meeting.own_cards import make_introduce_card
from client_cli.people.contacts import Label, State, find_person, get_record
from lab.symbolic.findings import Explored
from lab.symbolic.held import HeldVault
from lab.worlds.community import LabCommunity, make_community
from protocol.community.constants import Constants
from protocol.community.roster import sign_roster
from protocol.people.certificate import Certificate, make_certificate
from protocol.people.introduction import (
    NOBODY,
    Introduction,
    encode_answer,
    encode_introduction,
    encode_text,
    introduce,
    parse_text,
    seal_answer,
)
from protocol.people.key_card import CardKind, MeetCard, OwnCard, card_hash, make_card
from protocol.primitives.days import day_of
from protocol.primitives.signing import verify_key_of
from protocol.seams import SeededEntropy

MACHINE: Final = "introductions"
NOW: Final = 1_800_000_000.0
OTHER: Final = "relative"


@dataclass(frozen=True, slots=True)
class _Helper:
    certificate: Certificate
    secret: bytes


@dataclass(frozen=True, slots=True)
class _Scene:
    """`honest`: the helper whose word counts; `others`: helpers whose keys the attacker holds."""

    community: LabCommunity
    honest: _Helper
    others: tuple[_Helper, ...]
    his: OwnCard
    entropy: SeededEntropy


def explore(folder: Path) -> Explored:
    """Explore both ways and one way. `folder`: for two vaults."""
    found = Explored(MACHINE)
    scene = _scene()
    with ExitStack() as held:
        one, other = (held.enter_context(HeldVault(folder, name, scene.community, NOW)) for name in ("one", "other"))
        _both_ways(scene, one, other, found)
        _one_way(scene, one, other, found)
    return found


def _scene() -> _Scene:
    entropy = SeededEntropy(b"introductions explored".ljust(32))
    community = make_community(entropy, relays=3, guards=(0,), constants=Constants(), now=NOW)

    def helper(community_secret: bytes, expiry_day: int) -> _Helper:
        secret = entropy(32)
        return _Helper(make_certificate(community_secret, verify_key_of(secret), "H", expiry_day, entropy), secret)

    today = day_of(NOW)
    honest, revoked = (helper(community.community_secret, today + 30) for _ in range(2))
    expired = helper(community.community_secret, today - 1)
    foreign = helper(entropy(32), today + 30)
    listed = revoked.certificate.expiry_day.to_bytes(2, "big") + revoked.certificate.serial
    roster = msgspec.structs.replace(community.roster, revoked=(listed,))
    community = LabCommunity(
        community.community_secret,
        community.desk_secret,
        community.access_secrets,
        community.relays,
        roster,
        sign_roster(roster, community.community_secret),
    )
    his = make_card(CardKind.INTRODUCE, "", today + 30, entropy)
    return _Scene(community, honest, (revoked, expired, foreign), his, entropy)


def _card(vault: HeldVault) -> MeetCard:
    card = parse_text(make_introduce_card(vault, OTHER, NOW, vault.entropy))
    assert isinstance(card, MeetCard)
    return card


def _both_ways(scene: _Scene, one: HeldVault, other: HeldVault, found: Explored) -> None:
    with one.tried(), other.tried():
        cards = [_card(one), _card(other), scene.his.card]
        # He was introduced to both as well, with his own card: those statements are not for the other relative.
        issued = [_signed(scene.honest, card, to) for card in cards[:2] for to in cards if to is not card]
        shown = list(_composed(scene, cards, issued))
        bindings = [
            _shown_all(vault, OTHER, cards[at], cards[1 - at], scene.honest, shown, found)
            for at, vault in enumerate((one, other))
        ]
        same = bindings[0] is not None and bindings[0] == bindings[1]
        found.check(same, "an honest helper brings two relatives together", "both ways")


def _one_way(scene: _Scene, one: HeldVault, other: HeldVault, found: Explored) -> None:
    """One relative gave a card; the other answers it. He saw the introduction and answers as well, with every card."""
    with one.tried(), other.tried():
        card = _card(one)
        passed = introduce(card, None, scene.honest.certificate, scene.honest.secret)
        taken = _take(other, OTHER, encode_text(encode_introduction(passed)), found)
        if taken is None:
            found.check(False, "an honest helper brings two relatives together", "one way")
            return
        forged = [
            seal_answer(Introduction(answered, named, helper.certificate, signature), scene.his, scene.entropy)
            for helper in (scene.honest, *scene.others)
            for answered, named, signature in (
                (card, NOBODY, passed.signature),
                (scene.his.card, NOBODY, introduce(scene.his.card, None, helper.certificate, helper.secret).signature),
                (card, card_hash(scene.his.card), _signed(helper, card, scene.his.card).signature),
            )
        ]
        # The first one is allowed: whoever was shown a one-way introduction may answer it, once, and waits.
        for at, text in enumerate([taken, *(encode_text(encode_answer(answer)) for answer in forged)]):
            _answered_with(one, other, text, at, found)


def _answered_with(one: HeldVault, other: HeldVault, text: str, at: int, found: Explored) -> None:
    """One answer reaches the owner of the card first; it waits, confirms nobody, and no second one is taken.

    `at`: 0 the relative's, 1 his own under the helper's true statement, later ones under others.
    """
    genuine = at == 0
    with one.tried():
        found.states += 1
        if _take(one, OTHER, text, found) is None:
            found.check(at > 1, "an answer to our card is taken", "one way")
            return
        found.check(at <= 1, "only an answer to what the helper passed on is taken", f"forged {at}")
        person = find_person(one, OTHER)
        found.check(
            person is not None and (person.label, person.state) == (Label.NOT_CONFIRMED, State.MEETING),
            "an answer waits to be accepted, and confirms nobody",
            "one way",
        )
        found.check(_take(one, OTHER, text, found) is None, "a card is used once", "the same answer again")
        with one.transaction() as tx:
            accept(tx, OTHER, NOW)
        bindings = _binding(one, OTHER), _binding(other, OTHER)
        found.check((bindings[0] == bindings[1]) == genuine, "only the relative is the relative", "one way")


def _signed(helper: _Helper, card: MeetCard, to: MeetCard) -> Introduction:
    return introduce(card, to, helper.certificate, helper.secret)


def _composed(scene: _Scene, cards: list[MeetCard], issued: list[Introduction]) -> Iterator[Introduction]:
    """Every card for everybody, under every certificate, with every signature there is."""
    addressees = [NOBODY, *(card_hash(card) for card in cards)]
    signatures = {introduction.signature for introduction in issued}
    for helper in scene.others:
        for card, to in product(cards, [None, *cards]):
            if card is not to:
                signatures.add(introduce(card, to, helper.certificate, helper.secret).signature)
    certificates = [helper.certificate for helper in (scene.honest, *scene.others)]
    for card, named, certificate, signature in product(cards, addressees, certificates, sorted(signatures)):
        yield Introduction(card, named, certificate, signature)


def _shown_all(
    vault: HeldVault,
    name: str,
    own: MeetCard,
    genuine: MeetCard,
    honest: _Helper,
    shown: list[Introduction],
    found: Explored,
) -> bytes | None:
    """Show one relative everything; what the contact's binding is when the genuine introduction was taken."""
    binding = None
    for introduction in shown:
        text = encode_text(encode_introduction(introduction))
        with vault.tried():
            found.states += 1
            if _take(vault, name, text, found) is None:
                continue
            meant = introduction.card == genuine and introduction.to == card_hash(own)
            ours = introduction.certificate == honest.certificate
            found.check(meant and ours, "only what the helper signed for us is taken", "composed")
            person = find_person(vault, name)
            unconfirmed = person is not None and person.label is Label.NOT_CONFIRMED
            found.check(unconfirmed, "an introduction confirms nobody", "composed")
            found.check(_take(vault, name, text, found) is None, "a card is used once", "the same introduction again")
            binding = _binding(vault, name)
    return binding


def _take(vault: HeldVault, name: str, text: str, found: Explored) -> str | None:
    """Take what is shown: the answer to hand back, "" where there is none, None when it is refused."""
    found.tried += 1
    try:
        return accept_introduction(vault, name, text, NOW, vault.entropy).answer or ""
    except SosikError:
        return None


def _binding(vault: HeldVault, name: str) -> bytes | None:
    person = find_person(vault, name)
    if person is None:
        return None
    with vault.transaction() as tx:
        return get_record(tx, person.number).binding
