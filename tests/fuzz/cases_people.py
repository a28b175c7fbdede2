"""Targets between people: cards as codes and as typed lines, introductions, certificates, steps of a question."""

from collections.abc import Callable, Iterable

from base45 import b45encode

from protocol.errors import ProtocolError
from protocol.people.certificate import check_certificate, parse_certificate
from protocol.people.handover import Handover, encode_handover
from protocol.people.introduction import (
    Introduction,
    SealedAnswer,
    check_introduction,
    encode_answer,
    encode_introduction,
    encode_passed,
    encode_text,
    open_answer,
)
from protocol.people.key_card import (
    CARD_PREFIX,
    CARD_SUFFIX,
    CHECKSUM_BYTES,
    CardKind,
    InviteCard,
    MeetCard,
    OwnCard,
    card_hash,
    encode_card,
    encode_card_text,
    encode_own_card,
    make_card,
)
from protocol.people.question import encode_message
from protocol.people.typed_card import ALPHABET, parse_lines, to_lines
from protocol.primitives.kdf import derive
from protocol.primitives.sealed_box import seal
from protocol.primitives.signing import SIGNATURE_BYTES, sign, verify_key_of
from protocol.ratchet.fresh_card import encode_fresh_card
from protocol.streams.cell import MESSAGE_BYTES
from tests.fuzz.cases_network import entropy
from tests.fuzz.seeds import arguments, vectors
from tests.fuzz.target import Case, Finding, Target, fitted, plain, same
from tests.properties.parsers import COMMUNITY, GIVEN, PARSERS, ROSTER

OWN: OwnCard = make_card(CardKind.INTRODUCE, "하나", 21_000, entropy())
_HELPER_SECRET = b"helper".ljust(32, b".")
_BODY = slice(None, -CHECKSUM_BYTES)


def checked(body: bytes) -> bytes:
    """A card's bytes with the checksum that belongs to them."""
    return body + derive(b"sosik checksum", body, size=CHECKSUM_BYTES)


def card_text(data: bytes) -> str:
    """The text of a code that holds any bytes."""
    body: bytes = b45encode(data)
    return CARD_PREFIX + body.decode("ascii") + CARD_SUFFIX


def as_text(data: bytes) -> str:
    """Bytes as whatever text they are: UTF-8 where they are that, else a character for a byte."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _card(body: bytes) -> object:
    return same(PARSERS["people.key_card.parse_card"], encode_card, checked(body))


def _code(body: bytes) -> object:
    text = card_text(checked(body))
    card = PARSERS["people.key_card.parse_card_text"](text)
    if not isinstance(card, MeetCard | InviteCard) or encode_card_text(card) != text:
        raise Finding("a card has two texts")
    return card


def _typed(data: bytes) -> object:
    """Bytes as lines to type, changed at one place: `place u16 | character u8 | content`."""
    content = data[3:600]
    if not content:
        raise ProtocolError("nothing to type")
    lines = to_lines(content)
    if parse_lines(reversed(lines)) != content:
        raise Finding("typed lines give other bytes")
    text = "\n".join(lines)
    at = int.from_bytes(data[:2], "big") % len(text)
    wrong = text[:at] + as_text(data[2:3]) + text[at + 1 :]
    found = parse_lines(wrong.split("\n"))
    # What is left out or put in is found nearly always, another character always.
    if found != content and text[at] in ALPHABET and wrong[at].upper() in ALPHABET:
        raise Finding("a mistyped line gives other bytes")
    return found


def _own_card(body: bytes) -> object:
    return same(PARSERS["people.key_card.parse_own_card"], encode_own_card, fitted(body, 64) + checked(body[64:]))


def _parsed_text(parser: str) -> Callable[[bytes], object]:
    return lambda data: PARSERS[parser](as_text(data))


def signed_certificate(data: bytes) -> bytes:
    """serial 16 | helper key 32 | expiry day u16 | name: signed by the community, for a helper whose secret we have."""
    body = fitted(data, 16) + verify_key_of(_HELPER_SECRET) + fitted(data[16:], 2) + data[18:]
    return body + sign(COMMUNITY.community_secret, b"sosik helper", body)


def _certificate(data: bytes) -> object:
    return same(PARSERS["people.certificate.parse_certificate"], lambda found: found.encode(), data)


def _signed_certificate(data: bytes) -> object:
    certificate = parse_certificate(signed_certificate(data))
    check_certificate(certificate, ROSTER, GIVEN["today"])
    return certificate


def _introduction(data: bytes) -> object:
    """length u8 | of a certificate | to 32 | card: signed and checked as an introduction."""
    length = data[0] if data else 0
    certificate, rest = signed_certificate(data[1 : 1 + length]), data[1 + length :]
    to, card = fitted(rest, 32), checked(rest[32:])
    signature = sign(_HELPER_SECRET, b"sosik introduce", to + derive(b"sosik card hash", card))
    sent = checked(b"\4\1" + to + certificate + signature + len(card).to_bytes(2, "big") + card)
    found = same(PARSERS["people.introduction.parse_introduction"], encode_introduction, sent)
    if isinstance(found, Introduction):
        check_introduction(found, ROSTER, GIVEN["today"])
    return found


def _answer(data: bytes) -> object:
    """to 32 | length u16 | box: as an answer on its way."""
    return same(PARSERS["people.introduction.parse_answer"], encode_answer, checked(b"\5\1" + data))


def _opened_answer(data: bytes) -> object:
    """length u8 | of a certificate | card: sealed to our card, as only somebody who was given it can."""
    length = data[0] if data else 0
    certificate, card = signed_certificate(data[1 : 1 + length]), checked(data[1 + length :])
    inside = certificate + bytes(SIGNATURE_BYTES) + len(card).to_bytes(2, "big") + card
    return open_answer(SealedAnswer(card_hash(OWN.card), seal(OWN.card.agreement, inside, entropy())), OWN)


def _sealed_answer(data: bytes) -> object:
    return open_answer(SealedAnswer(card_hash(OWN.card), seal(OWN.card.agreement, data, entropy())), OWN)


def _answers_inside() -> Iterable[bytes]:
    card = checked(_GIVEN_CARD)
    return [signed_certificate(_CERTIFICATE) + bytes(SIGNATURE_BYTES) + len(card).to_bytes(2, "big") + card]


def _introduction_text(data: bytes) -> object:
    """kind u8 | rest: as the text of a code."""
    sent = checked(data)
    text = card_text(sent)
    found = PARSERS["people.introduction.parse_text"](text)
    if encode_text(sent) != text:
        raise Finding("an introduction has two texts")
    return found


_CERTIFICATE = bytes(16) + b"\xff\0" + b"\x06helper"
_MEET_CARD = encode_card(make_card(CardKind.MEET, "", 21_000, entropy()).card)[:-CHECKSUM_BYTES]
_GIVEN_CARD = encode_card(make_card(CardKind.INTRODUCE, "", 21_000, entropy()).card)[:-CHECKSUM_BYTES]


def _introductions() -> Iterable[bytes]:
    for to in (bytes(32), b"t" * 32):
        yield bytes([len(_CERTIFICATE)]) + _CERTIFICATE + to + _GIVEN_CARD


def _card_lines() -> Iterable[bytes]:
    for args in arguments("lines.parse"):
        yield "\n".join(args["lines"]).encode()


def _card_texts() -> Iterable[bytes]:
    return [args["text"].encode() for args in arguments("card.parse_text")]


CARD = Target(
    "card",
    (
        Case("people.key_card.parse_card", _card, vectors("card.parse", "card", _BODY)),
        Case("people.key_card.parse_card_text", _code, vectors("card.parse", "card", _BODY)),
        Case("people.typed_card.parse_line", _typed, lambda: [b"\0\5Xa card", b"\0\0" + b"0" + bytes(range(40))]),
        Case(
            "people.card_name.parse_name",
            lambda data: same(PARSERS["people.card_name.parse_name"], str.encode, data),
            lambda: ["하나".encode(), b"a b"],
        ),
        Case("people.key_card.parse_own_card", _own_card, lambda: [encode_own_card(OWN)[:-CHECKSUM_BYTES]]),
        Case("people.key_card.parse_card_text", _parsed_text("people.key_card.parse_card_text"), _card_texts),
        Case(
            "people.typed_card.parse_line",
            _parsed_text("people.typed_card.parse_line"),
            lambda: [line.encode() for line in to_lines(b"a card of ours")],
        ),
        Case(
            "people.typed_card.parse_lines",
            lambda data: PARSERS["people.typed_card.parse_lines"](as_text(data).split("\n")),
            _card_lines,
        ),
        plain("people.key_card.parse_card", encode_card, vectors("card.parse", "card", slice(None))),
        plain("people.key_card.parse_own_card", encode_own_card, lambda: [encode_own_card(OWN)]),
    ),
)


def _passed(data: bytes) -> object:
    """kind u8 | rest: as the bytes that a code holds."""
    return same(PARSERS["people.introduction.parse_passed"], encode_passed, checked(data))


def _things_passed() -> Iterable[bytes]:
    return [_GIVEN_CARD, b"\5\1" + bytes(32) + b"\0\3box"]


def _handover(data: bytes) -> object:
    """length u8 | name | kind u8 | rest: as the body of a letter, whose card has its checksum."""
    end = 1 + (data[0] if data else 0)
    return same(PARSERS["people.handover.parse_handover"], encode_handover, data[:end] + checked(data[end:]))


def _fresh_card(data: bytes) -> object:
    """answers 32 | awaited u32 | oldest u32 | card: in a message, whose card has its checksum."""
    card = checked(data[40:])[:255]
    message = b"\1" + data[:40].ljust(40, b"\0") + bytes([len(card)]) + card
    return same(PARSERS["ratchet.fresh_card.parse_fresh_card"], encode_fresh_card, message.ljust(MESSAGE_BYTES, b"\0"))


def _handovers() -> Iterable[bytes]:
    for inside in _things_passed():
        yield bytes([6]) + "하나".encode() + inside
        yield b"\0" + inside


INTRODUCTION = Target(
    "introduction",
    (
        Case("people.introduction.parse_introduction", _introduction, _introductions),
        Case(
            "people.introduction.open_answer",
            _opened_answer,
            lambda: [bytes([len(_CERTIFICATE)]) + _CERTIFICATE + _GIVEN_CARD],
        ),
        Case("people.introduction.parse_answer", _answer, lambda: [bytes(32) + b"\0\3box"]),
        Case(
            "people.introduction.parse_text",
            _introduction_text,
            lambda: [_GIVEN_CARD, b"\5\1" + bytes(32) + b"\0\3box"],
        ),
        Case(
            "people.certificate.parse_certificate",
            _certificate,
            vectors("certificate.check", "certificate", slice(None)),
        ),
        Case("people.certificate.check_certificate", _signed_certificate, lambda: [_CERTIFICATE]),
        Case("people.introduction.open_answer", _sealed_answer, _answers_inside),
        Case(
            "people.introduction.parse_text",
            _parsed_text("people.introduction.parse_text"),
            lambda: [*_card_texts(), card_text(checked(_GIVEN_CARD)).encode()],
        ),
        plain(
            "people.introduction.parse_introduction",
            encode_introduction,
            vectors("introduction.check", "introduction", slice(None)),
        ),
        plain(
            "people.introduction.parse_answer",
            encode_answer,
            vectors("introduction.open_answer", "answer", slice(None)),
        ),
        Case("people.introduction.parse_passed", _passed, _things_passed),
        Case("people.handover.parse_handover", _handover, _handovers),
        plain("people.handover.parse_handover", encode_handover, lambda: [encode_handover(Handover("하나", OWN.card))]),
        Case("ratchet.fresh_card.parse_fresh_card", _fresh_card, lambda: [bytes(32) + b"\0\0\0\1" * 2 + _MEET_CARD]),
    ),
)
QUESTION = Target(
    "question",
    (
        plain(
            "people.question.parse_message",
            encode_message,
            lambda: [
                *vectors("question.parse", "step")(),
                b"\1" + bytes(48) + "무엇?".encode(),
                b"\2" + bytes(80),
                b"\3" + bytes(48),
                b"\4" + bytes(16),
            ],
        ),
    ),
)
