"""A fresh card has one encoding and one size, and is no other card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.key_card import CardKind, card_hash, make_card
from protocol.ratchet.fresh_card import NO_CARD, FreshCard, encode_fresh_card, parse_fresh_card
from protocol.seams import SeededEntropy
from protocol.streams.cell import MESSAGE_BYTES

OWN = make_card(CardKind.MEET, "", 20_000, SeededEntropy(b"fresh".ljust(32)))
NUMBERS = st.integers(1, 0xFFFFFFFF)


@given(st.sampled_from([NO_CARD, card_hash(OWN.card)]), NUMBERS, NUMBERS)
def test_a_fresh_card_fills_a_message_and_comes_back(answers: bytes, awaited: int, oldest: int) -> None:
    fresh = FreshCard(OWN.card, answers, awaited, oldest)
    message = encode_fresh_card(fresh)
    assert len(message) == MESSAGE_BYTES
    assert parse_fresh_card(message) == fresh


def test_what_is_no_fresh_card_is_refused() -> None:
    message = encode_fresh_card(FreshCard(OWN.card, NO_CARD, 1, 1))
    for wrong in (b"", message[:-1], message[:-1] + b"\1", b"\2" + message[1:], message[:33] + bytes(4) + message[37:]):
        with pytest.raises(ProtocolError):
            parse_fresh_card(wrong)


def test_a_card_of_another_kind_is_refused() -> None:
    other = make_card(CardKind.INTRODUCE, "", 20_000, SeededEntropy(b"other".ljust(32)))
    with pytest.raises(ProtocolError):
        FreshCard(other.card, NO_CARD, 1, 1)
