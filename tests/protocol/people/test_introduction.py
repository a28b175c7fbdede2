"""Introductions: for two people and no others, by a certified helper; answers open for the owner of the card only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.certificate import CertificateExpired, make_certificate
from protocol.people.introduction import (
    NOBODY,
    Introduction,
    SealedAnswer,
    check_answer,
    check_introduction,
    encode_answer,
    encode_introduction,
    encode_text,
    introduce,
    open_answer,
    parse_introduction,
    parse_text,
    seal_answer,
)
from protocol.people.key_card import CardKind, OwnCard, card_hash, encode_card, encode_card_text, make_card
from protocol.primitives.signing import verify_key_of
from protocol.seams import SeededEntropy
from tests.kits.communities import COMMUNITY_SECRET, TODAY, make_roster

HELPER = b"h" * 32
CERTIFICATE = make_certificate(
    COMMUNITY_SECRET, verify_key_of(HELPER), "온누리 쉼터", TODAY + 10, SeededEntropy(b"c" * 32)
)


def card(seed: int, kind: CardKind = CardKind.INTRODUCE) -> OwnCard:
    return make_card(kind, "", TODAY + 30, SeededEntropy(bytes([seed]) * 32))


A, B, C = card(1), card(2), card(3)


def to_a() -> Introduction:
    return introduce(B.card, A.card, CERTIFICATE, HELPER)


def test_introduction_comes_back_as_it_was_and_holds() -> None:
    whole = to_a()
    text = encode_text(encode_introduction(whole))
    assert parse_text(text) == whole
    assert len(text) < 700, "a QR that poor cameras read"
    check_introduction(whole, make_roster(), TODAY)


def test_statement_is_for_these_two_cards_only() -> None:
    whole = to_a()
    for changed in (
        Introduction(C.card, whole.to, CERTIFICATE, whole.signature),
        Introduction(whole.card, card_hash(C.card), CERTIFICATE, whole.signature),
        Introduction(whole.card, NOBODY, CERTIFICATE, whole.signature),
    ):
        with pytest.raises(ProtocolError):
            check_introduction(changed, make_roster(), TODAY)


def test_statement_by_somebody_else_or_too_late_is_refused() -> None:
    with pytest.raises(ProtocolError):
        check_introduction(introduce(B.card, A.card, CERTIFICATE, b"x" * 32), make_roster(), TODAY)
    with pytest.raises(CertificateExpired):
        check_introduction(to_a(), make_roster(), TODAY + 11)


def test_only_introduce_cards_of_two_people_are_passed_on() -> None:
    for cards in ((card(4, CardKind.MEET), A), (A, card(4, CardKind.MEET)), (A, A)):
        with pytest.raises(ProtocolError):
            introduce(cards[0].card, cards[1].card, CERTIFICATE, HELPER)
    with pytest.raises(ProtocolError):
        parse_text(encode_card_text(card(4, CardKind.MEET).card))
    assert parse_text(encode_card_text(A.card)) == A.card


def test_answer_opens_for_the_owner_of_the_card_only() -> None:
    one_way = introduce(A.card, None, CERTIFICATE, HELPER)
    answer = seal_answer(one_way, B, SeededEntropy(b"s" * 32))
    assert parse_text(encode_text(encode_answer(answer))) == answer
    opened = open_answer(answer, A)
    assert opened.card == B.card
    check_answer(opened, A.card, make_roster(), TODAY)
    for other in (B, C):
        with pytest.raises(ProtocolError):
            open_answer(answer, other)
    with pytest.raises(ProtocolError):
        open_answer(SealedAnswer(card_hash(C.card), answer.box), C)


def test_answer_shows_nothing_of_the_answering_card() -> None:
    answer = encode_answer(seal_answer(introduce(A.card, None, CERTIFICATE, HELPER), B, SeededEntropy(b"s" * 32)))
    for part in (B.card.agreement, B.card.ratchet, B.card.psk, B.card.rendezvous, CERTIFICATE.serial):
        assert part not in answer


def test_answer_to_an_introduction_both_ways_is_no_request() -> None:
    opened = open_answer(seal_answer(introduce(A.card, C.card, CERTIFICATE, HELPER), B, SeededEntropy(b"s" * 32)), A)
    with pytest.raises(ProtocolError):
        check_answer(opened, A.card, make_roster(), TODAY)


@given(st.binary(max_size=80), st.integers(0, 400))
def test_any_change_is_refused(junk: bytes, at: int) -> None:
    data = encode_introduction(to_a())
    changed = data[:at] + junk + data[at + len(junk) :]
    if changed != data:
        with pytest.raises(ProtocolError):
            parse_introduction(changed)


def test_introduction_holds_the_whole_card() -> None:
    assert encode_card(B.card) in encode_introduction(to_a())
