"""relay.card: one form, bound to the relay's identity key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from relay.home.card import RelayCard, parse_card, sign_card

_KEY = st.binary(min_size=32, max_size=32)
_URL = st.text("abcdefghijklmnopqrstuvwxyz0123456789:/.-_", min_size=1, max_size=120)


@given(_URL, _KEY, _KEY, _KEY, _KEY)
def test_card_is_read_back(url: str, door: bytes, kem: bytes, pin: bytes, secret: bytes) -> None:
    card = parse_card(sign_card(url, door, kem, pin, secret))
    assert (card.url, card.door, card.door_kem, card.tls_pin) == (url, door, kem, pin)


@given(st.data())
def test_changed_card_is_refused(data: st.DataObject) -> None:
    card = bytearray(sign_card("https://a.example/p", bytes(32), bytes(32), bytes(32), bytes(32)))
    at = data.draw(st.integers(0, len(card) - 1))
    card[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ProtocolError):
        parse_card(bytes(card))


@given(st.binary(max_size=1100) | st.text(max_size=300).map(lambda tail: ("sosik relay card 1\nurl: " + tail).encode()))
def test_arbitrary_bytes_raise_only_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_card(data)


def test_longer_form_of_the_same_card_is_refused() -> None:
    card = sign_card("https://a.example/p", bytes(32), bytes(32), bytes(32), bytes(32))
    assert isinstance(parse_card(card), RelayCard)
    for other in (
        card + b"\n",
        card[:-1],
        card.upper(),
        card.replace(b"door: ", b"door:  "),
        card.replace(b"\n", b"\r\n"),
    ):
        with pytest.raises(ProtocolError):
            parse_card(other)
