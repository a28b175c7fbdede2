"""The handshake: both sides end at the same place, whoever alters a bit ends elsewhere, and our own card is refused."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.handshake import Relationship, begin_streams, meet
from protocol.people.key_card import DAY_S, MAX_CARD_DAYS, CardKind, MeetCard, OwnCard, make_card
from protocol.primitives.agreement import shared_secret
from protocol.seams import RelayId, SeededEntropy
from protocol.streams.pigeonhole import hole_of
from tests.vectors.groups_base import SMALL_ORDER

DAY = 20_700
EPOCH_S = 7 * 86400.0
RELAYS = [RelayId(n) for n in (1, 2, 3)]
SEEDS = st.binary(min_size=32, max_size=32)


def own_card(seed: bytes, day: int = DAY) -> OwnCard:
    return make_card(CardKind.MEET, "", day, SeededEntropy(seed.ljust(32)))


ANNA, BORA = own_card(b"anna"), own_card(b"bora")


def altered(card: MeetCard, field: str, value: Any) -> MeetCard:
    return replace(card, **{field: value})


def keys_of(found: Relationship) -> list[bytes]:
    return [found.root, found.send_root, found.receive_root, found.own_session, found.their_session, found.binding]


@settings(max_examples=30)
@given(SEEDS, SEEDS)
def test_both_sides_derive_the_same_and_mirror_each_other(one: bytes, other: bytes) -> None:
    if one == other:
        return
    ours, theirs = own_card(one), own_card(other)
    here, there = meet(ours, theirs.card), meet(theirs, ours.card)
    assert (here.root, here.binding, here.base_day) == (there.root, there.binding, there.base_day)
    assert (here.send_root, here.receive_root) == (there.receive_root, there.send_root)
    assert (here.own_session, here.their_session) == (there.their_session, there.own_session)
    assert here.first != there.first
    assert (here.own_ratchet_secret, here.their_ratchet) == (ours.ratchet_secret, theirs.card.ratchet)
    assert len(set(keys_of(here))) == 6


@pytest.mark.parametrize("field", ["agreement", "ratchet", "psk", "rendezvous", "name", "expiry_day"])
def test_whoever_saw_another_card_ends_elsewhere(field: str) -> None:
    """Every field of a card counts, those too that no key comes from."""
    changed = {"name": "x", "expiry_day": DAY - 1}.get(field, own_card(b"mallory").card.agreement)
    forged = altered(BORA.card, field, changed)
    honest, fooled = meet(BORA, ANNA.card), meet(ANNA, forged)
    assert set(keys_of(honest)).isdisjoint(keys_of(fooled))


def test_nothing_comes_from_the_rendezvous_secret_but_the_transcript() -> None:
    """Same keys, another rendezvous secret: only the hash of the whole card tells them apart."""
    other = OwnCard(replace(ANNA.card, rendezvous=bytes(32)), ANNA.agreement_secret, ANNA.ratchet_secret)
    assert meet(other, BORA.card).root == meet(BORA, other.card).root
    assert not any(ANNA.card.rendezvous in key for key in keys_of(meet(ANNA, BORA.card)))


@pytest.mark.parametrize("field", ["agreement", "ratchet"])
@pytest.mark.parametrize("point", SMALL_ORDER)
def test_keys_of_small_order_are_refused(field: str, point: bytes) -> None:
    with pytest.raises(ProtocolError):
        meet(ANNA, altered(BORA.card, field, point))


def test_our_own_card_is_refused() -> None:
    with pytest.raises(ProtocolError):
        meet(ANNA, ANNA.card)
    for field in ("agreement", "ratchet", "psk", "rendezvous"):
        with pytest.raises(ProtocolError):
            meet(ANNA, altered(BORA.card, field, getattr(ANNA.card, field)))


def test_cards_of_different_kinds_do_not_meet() -> None:
    with pytest.raises(ProtocolError):
        meet(ANNA, replace(BORA.card, kind=CardKind.INTRODUCE))


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33)])
def test_keys_of_a_wrong_size_are_refused(public: bytes) -> None:
    with pytest.raises(ProtocolError):
        shared_secret(bytes(32), public)


@pytest.mark.parametrize("days_apart", [0, 5, 20])
@pytest.mark.parametrize("epoch_s", [EPOCH_S, 600.0])
def test_streams_agree_whenever_each_side_finishes_the_meeting(days_apart: int, epoch_s: float) -> None:
    """They begin days apart, perhaps in different epochs, and then meet at the same clock."""
    early = (DAY - 25) * DAY_S + 1000.0
    late = early + days_apart * DAY_S
    here, there = meet(ANNA, BORA.card), meet(BORA, own_card(b"anna").card)
    send, _ = begin_streams(here, early, epoch_s, RELAYS, 3)
    _, read = begin_streams(there, late, epoch_s, RELAYS, 3)
    send.roll(int(late // epoch_s), RELAYS, 3)
    claim = next(claim for relay in RELAYS if (claim := send.claim(relay)))
    assert hole_of(claim.take) in {watched.hole for watched in read.watch()}
    assert read.key_of(claim.epoch, claim.index) == claim.cell_key


def test_streams_of_cards_dated_past_the_limit_are_refused() -> None:
    relationship = meet(own_card(b"x", DAY), own_card(b"y", DAY + 9).card)
    assert relationship.base_day == DAY - MAX_CARD_DAYS
    with pytest.raises(ProtocolError):
        begin_streams(relationship, (DAY - MAX_CARD_DAYS - 8) * DAY_S, EPOCH_S, RELAYS, 3)


def test_a_card_that_expired_at_the_beginning_of_time_still_has_a_base() -> None:
    assert meet(own_card(b"x", 3), own_card(b"y", 5).card).base_day == 0


def test_invitations_are_no_meet_cards() -> None:
    with pytest.raises(ProtocolError):
        MeetCard(CardKind.INVITE, bytes(32), bytes(32), bytes(32), bytes(32), 1)
