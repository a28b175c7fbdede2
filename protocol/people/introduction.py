"""Introductions: what a helper hands on so that two people who never meet can write to each other.

An *introduction* carries the card of one person to the other, with a statement signed by the helper's certificate that
says for which card it was made. An *answer* is the card of somebody who was given a card without having given one
(one way), sealed to the card it answers. Both are texts of a QR like cards.

Invariant: a statement names both whole cards, so it is good for these two people only; it confirms nobody, for a
dishonest helper can sign anything: only a question, or a meeting, does. An answer opens only with the card's own
secrets, and says nothing to whoever carries it.

Spec: docs/protocol.md, Introductions.
"""

from dataclasses import dataclass
from typing import Final

from base45 import b45decode, b45encode

from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.people.certificate import Certificate, check_certificate, read_certificate
from protocol.people.key_card import (
    CARD_PREFIX,
    CARD_SUFFIX,
    CHECKSUM_BYTES,
    MAX_CARD_TEXT,
    CardKind,
    MeetCard,
    OwnCard,
    card_hash,
    encode_card,
    parse_card,
)
from protocol.primitives.codec import Reader
from protocol.primitives.kdf import derive
from protocol.primitives.sealed_box import open_box, seal
from protocol.primitives.signing import SIGNATURE_BYTES, check_signature, sign
from protocol.seams import Entropy

INTRODUCTION: Final = 4
ANSWER: Final = 5
"""First bytes, counted on from the kinds of cards."""
NOBODY: Final = bytes(32)
"""Instead of the hash of a card: for whoever gets it, who has given no card."""
HASH_BYTES: Final = 32
_VERSION: Final = 1
_LABEL: Final = b"sosik introduce"


@dataclass(frozen=True, slots=True)
class Introduction:
    """`card`: of the other person. `to`: hash of the card it was made for, or NOBODY (one way)."""

    card: MeetCard
    to: bytes
    certificate: Certificate
    signature: bytes


@dataclass(frozen=True, slots=True)
class SealedAnswer:
    """An answering card on its way. `to`: hash of the card it answers, so that its owner finds it; `box`: sealed."""

    to: bytes
    box: bytes


Passed = MeetCard | Introduction | SealedAnswer
"""What a helper passes on, or is given to pass on."""


def introduce(card: MeetCard, to: MeetCard | None, certificate: Certificate, helper_secret: bytes) -> Introduction:
    """State that `card` was passed on to the owner of `to`. ProtocolError: not an introduce card, or one card twice."""
    if card.kind is not CardKind.INTRODUCE or (to is not None and to.kind is not CardKind.INTRODUCE):
        raise ProtocolError("only introduce cards are passed on")
    if to == card:
        raise ProtocolError("both cards are the same")
    named = NOBODY if to is None else card_hash(to)
    return Introduction(card, named, certificate, sign(helper_secret, _LABEL, named + card_hash(card)))


def check_introduction(introduction: Introduction, roster: Roster, today: int) -> None:
    """ProtocolError unless a helper of the roster's community may say this on the UTC day `today`; see
    `certificate.check_certificate` for its subclasses.
    """
    check_certificate(introduction.certificate, roster, today)
    statement = introduction.to + card_hash(introduction.card)
    check_signature(introduction.certificate.key, _LABEL, statement, introduction.signature)


def encode_introduction(introduction: Introduction) -> bytes:
    """Return kind u8=4 | version u8=1 | to 32 | certificate | signature 64 | length u16 | card | checksum 4."""
    card = encode_card(introduction.card)
    return _checked(
        bytes([INTRODUCTION, _VERSION])
        + introduction.to
        + introduction.certificate.encode()
        + introduction.signature
        + len(card).to_bytes(2, "big")
        + card
    )


def parse_introduction(data: bytes) -> Introduction:
    """Read what `encode_introduction` wrote. ProtocolError: anything else. Nothing is checked but the form."""
    reader = _open(data, INTRODUCTION)
    to, certificate, signature = reader.read(HASH_BYTES), read_certificate(reader), reader.read(SIGNATURE_BYTES)
    card = _introduce_card(reader.read(reader.u16()))
    reader.end()
    return Introduction(card, to, certificate, signature)


def seal_answer(introduction: Introduction, own: OwnCard, entropy: Entropy) -> SealedAnswer:
    """Seal our card, with the introduction's statement, to the card it answers."""
    card = encode_card(own.card)
    plain = introduction.certificate.encode() + introduction.signature + len(card).to_bytes(2, "big") + card
    return SealedAnswer(card_hash(introduction.card), seal(introduction.card.agreement, plain, entropy))


def open_answer(answer: SealedAnswer, own: OwnCard) -> Introduction:
    """Return the answering card as an introduction by the same helper, its `card` being the answering one and `to` and
    signature those under which ours was passed on. ProtocolError: not for this card, altered, or not in its form.
    """
    if answer.to != card_hash(own.card):
        raise ProtocolError("an answer is to another card")
    reader = Reader(open_box(own.agreement_secret, answer.box))
    certificate, signature = read_certificate(reader), reader.read(SIGNATURE_BYTES)
    card = _introduce_card(reader.read(reader.u16()))
    reader.end()
    return Introduction(card, NOBODY, certificate, signature)


def check_answer(answered: Introduction, own: MeetCard, roster: Roster, today: int) -> None:
    """ProtocolError unless the helper named in an opened answer did pass our card on, one way."""
    check_certificate(answered.certificate, roster, today)
    check_signature(answered.certificate.key, _LABEL, NOBODY + card_hash(own), answered.signature)


def encode_answer(answer: SealedAnswer) -> bytes:
    """Return kind u8=5 | version u8=1 | to 32 | length u16 | box | checksum 4."""
    return _checked(bytes([ANSWER, _VERSION]) + answer.to + len(answer.box).to_bytes(2, "big") + answer.box)


def parse_answer(data: bytes) -> SealedAnswer:
    """Read what `encode_answer` wrote. ProtocolError: anything else."""
    reader = _open(data, ANSWER)
    answer = SealedAnswer(reader.read(HASH_BYTES), reader.read(reader.u16()))
    reader.end()
    return answer


def encode_text(data: bytes) -> str:
    """Return the text of a QR, like that of a card."""
    body: bytes = b45encode(data)
    return CARD_PREFIX + body.decode("ascii") + CARD_SUFFIX


def parse_text(text: str) -> Passed:
    """Read the text of an introduction, an answer, or a card to be introduced. ProtocolError: anything else."""
    text = text.strip()
    if len(text) > MAX_CARD_TEXT or not (text.startswith(CARD_PREFIX) and text.endswith(CARD_SUFFIX)):
        raise ProtocolError("this is no card")
    try:
        data = b45decode(text[len(CARD_PREFIX) : -len(CARD_SUFFIX)])
    except ValueError:
        raise ProtocolError("a card is not Base45") from None
    if encode_text(data) != text:
        raise ProtocolError("a card is not in its one form")
    return parse_passed(data)


def encode_passed(passed: Passed) -> bytes:
    """Return the bytes that a QR of it holds."""
    match passed:
        case MeetCard():
            return encode_card(passed)
        case Introduction():
            return encode_introduction(passed)
        case SealedAnswer():
            return encode_answer(passed)


def parse_passed(data: bytes) -> Passed:
    """Read the bytes of an introduction, an answer, or a card to be introduced. ProtocolError: anything else."""
    match data[:1]:
        case b"\x04":
            return parse_introduction(data)
        case b"\x05":
            return parse_answer(data)
        case _:
            return _introduce_card(data)


def _introduce_card(data: bytes) -> MeetCard:
    card = parse_card(data)
    if not isinstance(card, MeetCard) or card.kind is not CardKind.INTRODUCE:
        raise ProtocolError("only introduce cards are passed on")
    return card


def _checked(body: bytes) -> bytes:
    return body + derive(b"sosik checksum", body, size=CHECKSUM_BYTES)


def _open(data: bytes, kind: int) -> Reader:
    body = data[:-CHECKSUM_BYTES]
    if len(data) < CHECKSUM_BYTES or _checked(body) != data:
        raise ProtocolError("a card has a wrong checksum")
    reader = Reader(body)
    if reader.u8() != kind:
        raise ProtocolError("unknown kind of card")
    reader.version(_VERSION)
    return reader
