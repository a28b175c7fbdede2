"""A fresh card through the relationship itself: how two people go on when the state of one was put back from a copy.

It lies in a reserved pigeonhole, under that pigeonhole's key alone, for no other key of an old state may be used. Both
sides send one, and what follows is a meeting like any other (protocol.people.handshake): nothing of the old state gives
away what comes of it, only that there was one. Invariant: one size, that of every message; one encoding.

Spec: docs/protocol.md, Put back.
Decision 130.
"""

from dataclasses import dataclass, field
from typing import Final

from protocol.errors import ProtocolError
from protocol.letters.letter import FIRST_LETTER, MAX_LETTER_NUMBER
from protocol.people.key_card import CardKind, MeetCard, encode_card, parse_card
from protocol.primitives.codec import Reader
from protocol.primitives.padding import pad_zero, require_zero
from protocol.streams.cell import MESSAGE_BYTES

_VERSION: Final = 1
_HASH_BYTES: Final = 32
NO_CARD: Final = bytes(_HASH_BYTES)


@dataclass(frozen=True, slots=True)
class FreshCard:
    """`answers`: hash of the card that the sender has of us, `NO_CARD` if none. `awaited`: the letter of ours that the
    sender waits for next; `oldest`: the lowest of theirs that may still be sent."""

    card: MeetCard = field(repr=False)
    answers: bytes
    awaited: int
    oldest: int

    def __post_init__(self) -> None:
        if self.card.kind is not CardKind.MEET or len(self.answers) != _HASH_BYTES:
            raise ProtocolError("this is no fresh card")
        if not all(FIRST_LETTER <= number <= MAX_LETTER_NUMBER for number in (self.awaited, self.oldest)):
            raise ProtocolError("the number of a letter is out of range")


def encode_fresh_card(fresh: FreshCard) -> bytes:
    """Return version u8=1 | answers 32 | awaited u32 | oldest u32 | length u8 | card, zero padded to a message."""
    card = encode_card(fresh.card)
    head = bytes([_VERSION]) + fresh.answers + fresh.awaited.to_bytes(4, "big") + fresh.oldest.to_bytes(4, "big")
    return pad_zero(head + bytes([len(card)]) + card, MESSAGE_BYTES)


def parse_fresh_card(message: bytes) -> FreshCard:
    """Read what `encode_fresh_card` wrote. ProtocolError: anything else."""
    if len(message) != MESSAGE_BYTES:
        raise ProtocolError("a message has one size")
    reader = Reader(message)
    reader.version(_VERSION)
    answers, awaited, oldest = reader.read(_HASH_BYTES), reader.u32(), reader.u32()
    card = parse_card(reader.read(reader.u8()))
    require_zero(reader.rest())
    if not isinstance(card, MeetCard):
        raise ProtocolError("this is no fresh card")
    return FreshCard(card, answers, awaited, oldest)
