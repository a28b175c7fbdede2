"""Key cards: what a QR, a printed sheet or typed lines hold.

`meet` and `introduce` cards are made for one other person, used once, and share nothing with any other card. An
`invite` card brings someone into a community. Invariant: a card has exactly one encoding and one text; what parses
encodes to the same again, so the hash of a card names it.

Spec: docs/protocol.md, Key cards.
Decisions 9, 113.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from base45 import b45decode, b45encode

from protocol.errors import ProtocolError
from protocol.people.card_name import check_name, parse_name
from protocol.primitives.agreement import require_usable
from protocol.primitives.codec import Reader
from protocol.primitives.kdf import derive
from protocol.primitives.sealed_box import keypair, public_of
from protocol.seams import Entropy, RelayId

KEY_BYTES: Final = 32
TICKET_BYTES: Final = 96
CHECKSUM_BYTES: Final = 4
MAX_URL_BYTES: Final = 120
MAX_ENTRIES: Final = 2
CARD_DAYS: Final = 30
"""How long a meet card is good for unless its maker says otherwise."""
MAX_CARD_DAYS: Final = 60
"""No meet card is valid for longer: both sides count epochs from this long before the earlier expiry."""
DAY_S: Final = 86400

CARD_PREFIX: Final = "SOSIK1:"
CARD_SUFFIX: Final = "."
"""Base45 may end in a space, which copying loses; this follows it."""
MAX_CARD_TEXT: Final = 1000
_VERSION: Final = 1


class CardKind(IntEnum):
    """What a card is for; the number is its first byte."""

    MEET = 1
    INTRODUCE = 2
    INVITE = 3


@dataclass(frozen=True, slots=True)
class MeetCard:
    """The public half of a meeting, for one other person. Everything in it but the kind is used once."""

    kind: CardKind
    agreement: bytes
    ratchet: bytes
    psk: bytes = field(repr=False)
    rendezvous: bytes = field(repr=False)
    expiry_day: int
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind is CardKind.INVITE:
            raise ProtocolError("an invitation is no meet card")
        _require_keys(self.agreement, self.ratchet, self.psk, self.rendezvous)
        _require_day(self.expiry_day)
        check_name(self.name)

    def is_expired(self, now: float) -> bool:
        """Whether the UTC day `expiry_day` is over."""
        return now >= (self.expiry_day + 1) * DAY_S


@dataclass(frozen=True, slots=True)
class OwnCard:
    """A card of our own with the secrets of its two keys, kept until the meeting is done."""

    card: MeetCard
    agreement_secret: bytes = field(repr=False)
    ratchet_secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if (public_of(self.agreement_secret), public_of(self.ratchet_secret)) != (
            self.card.agreement,
            self.card.ratchet,
        ):
            raise ProtocolError("the secrets belong to another card")


@dataclass(frozen=True, slots=True)
class Entry:
    """One way into a community. `tls_pin`: SHA-256 of the certificate, zeros for the ordinary CA check."""

    relay: RelayId
    url: str
    door: bytes
    tls_pin: bytes

    def __post_init__(self) -> None:
        _require_keys(self.door, self.tls_pin)
        require_usable(self.door)
        if not 0 <= self.relay <= 0xFF:
            raise ProtocolError("a relay number is out of range")
        plain = self.url.isascii() and self.url.isprintable() and " " not in self.url
        if not (plain and self.url.startswith(("https://", "http://")) and len(self.url) <= MAX_URL_BYTES):
            raise ProtocolError("the address of a relay is not a plain URL")


@dataclass(frozen=True, slots=True)
class InviteCard:
    """An invitation. `pace_ms`: mean slot of `standard`, until the roster is known; `roster_version`: of the roster it
    was made from, no earlier one is begun with; `ticket`: 96 bytes, used once."""

    community_key: bytes
    name: str
    expiry_day: int
    pace_ms: int
    roster_version: int
    entries: tuple[Entry, ...]
    ticket: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _require_keys(self.community_key)
        _require_day(self.expiry_day)
        check_name(self.name)
        if len(self.ticket) != TICKET_BYTES:
            raise ProtocolError("a ticket is 96 bytes")
        if not 1 <= self.pace_ms <= 0xFFFFFFFF:
            raise ProtocolError("the pace is out of range")
        if not 1 <= self.roster_version <= 0xFFFFFFFF:
            raise ProtocolError("the version of a roster is out of range")
        if not 1 <= len({entry.relay for entry in self.entries}) == len(self.entries) <= MAX_ENTRIES:
            raise ProtocolError("an invitation names one or two relays")

    def is_expired(self, now: float) -> bool:
        """Whether the UTC day `expiry_day` is over."""
        return now >= (self.expiry_day + 1) * DAY_S


Card = MeetCard | InviteCard


def make_card(kind: CardKind, name: str, expiry_day: int, entropy: Entropy) -> OwnCard:
    """Make a card for one person. `name`: see `cardname.fit_name`; `expiry_day`: its last UTC day, at most
    `MAX_CARD_DAYS` away. ProtocolError: the name or the day does not fit.
    """
    agreement_secret, agreement = keypair(entropy)
    ratchet_secret, ratchet = keypair(entropy)
    card = MeetCard(kind, agreement, ratchet, entropy(KEY_BYTES), entropy(KEY_BYTES), expiry_day, name)
    return OwnCard(card, agreement_secret, ratchet_secret)


def encode_card(card: Card) -> bytes:
    """Return kind u8 | version u8=1 | fields | checksum 4, the first bytes of BLAKE2b over what is before it.

    meet, introduce: agreement 32 | ratchet 32 | psk 32 | rendezvous 32 | expiry day u16 | name (length u8, UTF-8).
    invite: community key 32 | name | expiry day u16 | pace_ms u32 | roster version u32 | count u8 | entries (relay u8 |
    url (length u8, ASCII) | door 32 | tls pin 32) | ticket 96.
    """
    if isinstance(card, MeetCard):
        body = bytes([card.kind, _VERSION]) + card.agreement + card.ratchet + card.psk + card.rendezvous
        body += card.expiry_day.to_bytes(2, "big") + _prefixed(card.name)
    else:
        body = bytes([CardKind.INVITE, _VERSION]) + card.community_key + _prefixed(card.name)
        body += card.expiry_day.to_bytes(2, "big") + card.pace_ms.to_bytes(4, "big")
        body += card.roster_version.to_bytes(4, "big") + bytes([len(card.entries)])
        for entry in card.entries:
            body += bytes([entry.relay]) + _prefixed(entry.url) + entry.door + entry.tls_pin
        body += card.ticket
    return body + _checksum(body)


def parse_card(data: bytes) -> Card:
    """Read what `encode_card` wrote. ProtocolError: anything else; expired cards parse."""
    if len(data) < CHECKSUM_BYTES or _checksum(data[:-CHECKSUM_BYTES]) != data[-CHECKSUM_BYTES:]:
        raise ProtocolError("a card has a wrong checksum")
    reader = Reader(data[:-CHECKSUM_BYTES])
    kind = reader.u8()
    reader.version(_VERSION)
    card: Card
    match kind:
        case CardKind.MEET | CardKind.INTRODUCE:
            agreement, ratchet, psk, rendezvous = _keys(reader, 4)
            expiry_day, name = reader.u16(), _name(reader)
            card = MeetCard(CardKind(kind), agreement, ratchet, psk, rendezvous, expiry_day, name)
        case CardKind.INVITE:
            (community_key,) = _keys(reader, 1)
            name, expiry_day, pace_ms, version = _name(reader), reader.u16(), reader.u32(), reader.u32()
            entries = tuple([_entry(reader) for _ in range(reader.u8())])
            card = InviteCard(community_key, name, expiry_day, pace_ms, version, entries, reader.read(TICKET_BYTES))
        case _:
            raise ProtocolError("unknown kind of card")
    reader.end()
    return card


def encode_card_text(card: Card) -> str:
    """Return the text of a QR: prefix, Base45 of the card, full stop; only characters of a QR's alphanumeric mode."""
    body: bytes = b45encode(encode_card(card))
    return CARD_PREFIX + body.decode("ascii") + CARD_SUFFIX


def parse_card_text(text: str) -> Card:
    """Read what `encode_card_text` wrote. ProtocolError: anything else; white space around the text is let pass."""
    text = text.strip()
    if len(text) > MAX_CARD_TEXT or not (text.startswith(CARD_PREFIX) and text.endswith(CARD_SUFFIX)):
        raise ProtocolError("this is no card")
    try:
        data = b45decode(text[len(CARD_PREFIX) : -len(CARD_SUFFIX)])
    except ValueError:
        raise ProtocolError("a card is not Base45") from None
    card = parse_card(data)
    if encode_card_text(card) != text:
        raise ProtocolError("a card is not in its one form")
    return card


def encode_own_card(own: OwnCard) -> bytes:
    """Return agreement secret 32 | ratchet secret 32 | card, for the vault."""
    return own.agreement_secret + own.ratchet_secret + encode_card(own.card)


def parse_own_card(data: bytes) -> OwnCard:
    """Read what `encode_own_card` wrote. ProtocolError: anything else."""
    reader = Reader(data)
    agreement_secret, ratchet_secret = _keys(reader, 2)
    card = parse_card(reader.rest())
    if not isinstance(card, MeetCard):
        raise ProtocolError("an invitation is no meet card")
    return OwnCard(card, agreement_secret, ratchet_secret)


def card_hash(card: MeetCard) -> bytes:
    """Return the 32-byte hash that orders the two cards of a meeting."""
    return derive(b"sosik card hash", encode_card(card))


def _checksum(body: bytes) -> bytes:
    return derive(b"sosik checksum", body, size=CHECKSUM_BYTES)


def _prefixed(text: str) -> bytes:
    data = text.encode()
    return bytes([len(data)]) + data


def _keys(reader: Reader, count: int) -> list[bytes]:
    return [reader.read(KEY_BYTES) for _ in range(count)]


def _name(reader: Reader) -> str:
    return parse_name(reader.read(reader.u8()))


def _entry(reader: Reader) -> Entry:
    relay = RelayId(reader.u8())
    try:
        url = reader.read(reader.u8()).decode("ascii")
    except UnicodeDecodeError:
        raise ProtocolError("the address of a relay is not a plain URL") from None
    return Entry(relay, url, *_keys(reader, 2))


def _require_keys(*keys: bytes) -> None:
    if any(len(key) != KEY_BYTES for key in keys):
        raise ProtocolError("a key on a card is 32 bytes")


def _require_day(day: int) -> None:
    if not 0 <= day <= 0xFFFF:
        raise ProtocolError("the day of a card is out of range")
