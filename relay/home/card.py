"""relay.card: what an operator hands to the roster maker. Public; signed by the relay's identity key.

A text: a title, then lines `name: value` with lower-case hex for bytes; the last is the signature over those before it.
What parses is rendered again to the same bytes, so a card has one form.
"""

from dataclasses import dataclass

from protocol.errors import ProtocolError
from protocol.primitives.signing import check_signature, sign, verify_key_of

CARD_BYTES_MAX = 1024
_TITLE = "sosik relay card 1"
_LABEL = b"sosik relay card"
_NAMES = ("url", "identity", "door", "door_kem", "tls_pin", "signature")


@dataclass(frozen=True, slots=True)
class RelayCard:
    """url: how others reach it. identity: Ed25519 public key. door: X25519 public key. door_kem: hash of the
    door's ML-KEM key. tls_pin: `relay.home.tls`."""

    url: str
    identity: bytes
    door: bytes
    door_kem: bytes
    tls_pin: bytes


def sign_card(url: str, door: bytes, door_kem: bytes, tls_pin: bytes, identity_secret: bytes) -> bytes:
    """The bytes of a card."""
    card = RelayCard(url, verify_key_of(identity_secret), door, door_kem, tls_pin)
    signed = _signed_part(card)
    return signed + f"signature: {sign(identity_secret, _LABEL, signed).hex()}\n".encode()


def parse_card(data: bytes) -> RelayCard:
    """Read a card and check its signature. Raises ProtocolError."""
    if len(data) > CARD_BYTES_MAX or not data.isascii():
        raise ProtocolError("a relay card has an impossible size or letter")
    lines = data.decode("ascii").split("\n")
    pairs = [line.partition(": ") for line in lines[1:-1]]
    if lines[0] != _TITLE or tuple(name for name, _, _ in pairs) != _NAMES:
        raise ProtocolError("this is no relay card")
    try:
        identity, door, door_kem, tls_pin, signature = (bytes.fromhex(value) for _, _, value in pairs[1:])
    except ValueError as error:
        raise ProtocolError("a relay card has a damaged line") from error
    if not len(identity) == len(door) == len(door_kem) == len(tls_pin) == 32:
        raise ProtocolError("a relay card has a damaged line")
    card = RelayCard(pairs[0][2], identity, door, door_kem, tls_pin)
    signed = _signed_part(card)
    if signed + f"signature: {signature.hex()}\n".encode() != data:
        raise ProtocolError("a relay card is not in its one form")
    check_signature(identity, _LABEL, signed, signature)
    return card


def _signed_part(card: RelayCard) -> bytes:
    keys = "".join(f"{name}: {getattr(card, name).hex()}\n" for name in _NAMES[1:-1])
    return f"{_TITLE}\nurl: {card.url}\n{keys}".encode()
