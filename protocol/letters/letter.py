"""Letters, and the content of the cells that carry them in pieces.

A letter is what a person wrote: text (UTF-8 exactly as given, never normalised) or a picture. It is cut into
fragments of one size; a cell carries at most one, and always acks, floors, the oldest generation and the oldest letter
still on their way. What a fragment leaves free may hold a step towards the next generation (protocol.ratchet.healing).
Invariant: content has one length whatever it carries, and exactly one encoding.

Spec: docs/protocol.md, Letters.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from protocol.errors import ProtocolError
from protocol.letters.healing_part import MAX_PART_BYTES, HealingPart, encode_part, read_part
from protocol.primitives.codec import Reader
from protocol.primitives.padding import pad_zero, require_zero
from protocol.streams.acks import (
    ACKS_BYTES,
    FLOORS_BYTES,
    Acks,
    Floors,
    encode_acks,
    encode_floors,
    parse_acks,
    parse_floors,
)
from protocol.streams.cell import CONTENT_BYTES
from protocol.streams.pigeonhole import MAX_GENERATION

MAX_LETTER_BYTES: Final = 64 * 1024
"""Largest body: twenty pages of Korean, or a portrait at good quality; seventeen cells."""
LETTER_HEAD_BYTES: Final = 1 + 1 + 2
FRAGMENT_HEAD_BYTES: Final = 1 + 4 + 1 + 1 + 2
CONTENT_HEAD_BYTES: Final = ACKS_BYTES + FLOORS_BYTES + 4 + 4 + 1 + FRAGMENT_HEAD_BYTES
FRAGMENT_BYTES: Final = CONTENT_BYTES - CONTENT_HEAD_BYTES
MAX_PARTS: Final = -(-(LETTER_HEAD_BYTES + MAX_LETTER_BYTES) // FRAGMENT_BYTES)

FIRST_LETTER: Final = 1
"""Letters of one direction are numbered from here, without gaps, for the life of the relationship."""
LETTERS_AHEAD: Final = 1024
"""A fragment is less than this many letters past the oldest one on its way."""
PARTS_AHEAD: Final = 64 * MAX_PARTS
"""Nor has the oldest one, up to it, more parts than this: what a reader has room to put together."""
MAX_LETTER_NUMBER: Final = 0xFFFFFFFF
"""No letter has this number, so that the one after the last has one too."""

_VERSION: Final = 1


class LetterKind(IntEnum):
    """What the body of a letter is; the number is its byte."""

    TEXT = 1
    PICTURE = 2
    QUESTION = 3
    """A step of a question only we know (protocol.people.question); made and taken by programs, never shown."""
    HANDOVER = 4
    """A card, an introduction or an answer through a helper (protocol.people.handover); shown as a request."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter. `body`: UTF-8 text or picture, 1..65536 bytes; `written_day`: UTC day number of its writing."""

    kind: LetterKind
    body: bytes = field(repr=False)
    written_day: int

    def __post_init__(self) -> None:
        if not 1 <= len(self.body) <= MAX_LETTER_BYTES:
            raise ProtocolError("a letter is empty or too long")
        if not 0 <= self.written_day <= 0xFFFF:
            raise ProtocolError("the day of a letter is out of range")
        if self.kind is LetterKind.TEXT:
            try:
                self.body.decode()
            except UnicodeDecodeError:
                raise ProtocolError("a text is not UTF-8") from None


@dataclass(frozen=True, slots=True)
class Fragment:
    """Part `part` of the `parts` of letter number `letter`: `FRAGMENT_BYTES`, fewer only in the last part."""

    letter: int
    part: int
    parts: int
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not (FIRST_LETTER <= self.letter < MAX_LETTER_NUMBER and 0 <= self.part < self.parts <= MAX_PARTS):
            raise ProtocolError("a fragment is out of range")
        last = self.part == self.parts - 1
        if not (1 <= len(self.data) <= FRAGMENT_BYTES if last else len(self.data) == FRAGMENT_BYTES):
            raise ProtocolError("a fragment has a wrong size")


@dataclass(frozen=True, slots=True)
class CellContent:
    """What a cell says. `oldest_letter`: lowest number that may still be sent; all below have arrived or expired.
    `oldest_generation`: below it nothing of the sender's is in flight. `healing`: where there is room.

    A loop's and an ack-only cell's content has no fragment.
    """

    acks: Acks = field(default_factory=Acks)
    floors: Floors = ()
    oldest_letter: int = FIRST_LETTER
    fragment: Fragment | None = None
    oldest_generation: int = 0
    healing: HealingPart | None = None

    def __post_init__(self) -> None:
        if not FIRST_LETTER <= self.oldest_letter <= MAX_LETTER_NUMBER:
            raise ProtocolError("the oldest letter is out of range")
        if not 0 <= self.oldest_generation <= MAX_GENERATION:
            raise ProtocolError("the oldest generation is out of range")
        if self.fragment and not 0 <= self.fragment.letter - self.oldest_letter < LETTERS_AHEAD:
            raise ProtocolError("a fragment is too far from the oldest letter")


def encode_letter(letter: Letter) -> bytes:
    """Return version u8=1 | kind u8 | written day u16 | body."""
    return bytes([_VERSION, letter.kind]) + letter.written_day.to_bytes(2, "big") + letter.body


def parse_letter(data: bytes) -> Letter:
    """Read what `encode_letter` wrote. ProtocolError: unknown version or kind, not UTF-8, too long."""
    reader = Reader(data)
    reader.version(_VERSION)
    kind, written_day = reader.u8(), reader.u16()
    try:
        known = LetterKind(kind)
    except ValueError:
        raise ProtocolError("unknown kind of letter") from None
    return Letter(known, reader.rest(), written_day)


def parts_of(letter_bytes: int) -> int:
    """Return how many fragments an encoded letter of this many bytes makes."""
    return -(-letter_bytes // FRAGMENT_BYTES)


def split(letter: bytes, number: int) -> list[Fragment]:
    """Cut an encoded letter into its fragments, the first one first. ProtocolError: empty, too long, bad number."""
    if not 1 <= len(letter) <= LETTER_HEAD_BYTES + MAX_LETTER_BYTES:
        raise ProtocolError("a letter is empty or too long")
    parts = parts_of(len(letter))
    starts = range(0, len(letter), FRAGMENT_BYTES)
    return [Fragment(number, part, parts, letter[at : at + FRAGMENT_BYTES]) for part, at in enumerate(starts)]


def has_room(fragment: Fragment | None) -> bool:
    """Whether a cell with this fragment has room for a healing part."""
    return len(fragment.data if fragment else b"") + MAX_PART_BYTES <= FRAGMENT_BYTES


def encode_content(content: CellContent) -> bytes:
    """Return `CONTENT_BYTES`: acks | floors | oldest generation u32 | oldest letter u32 | kind of healing part u8 |
    fragment head 9 | data | healing part, zero padded.

    Fragment head: present u8 | letter u32 | part u8 | parts u8 | length u16; all zero without a fragment.
    """
    kind, healing = encode_part(content.healing)
    head = encode_acks(content.acks) + encode_floors(content.floors)
    head += content.oldest_generation.to_bytes(4, "big") + content.oldest_letter.to_bytes(4, "big") + bytes([kind])
    body = bytes(FRAGMENT_HEAD_BYTES)
    if content.fragment:
        it = content.fragment
        body = b"\1" + it.letter.to_bytes(4, "big") + bytes([it.part, it.parts])
        body += len(it.data).to_bytes(2, "big") + it.data
    return pad_zero(head + body + healing, CONTENT_BYTES)


def parse_content(data: bytes) -> CellContent:
    """Read what `encode_content` wrote. ProtocolError: anything else."""
    if len(data) != CONTENT_BYTES:
        raise ProtocolError("content has a wrong size")
    reader = Reader(data)
    acks, floors = parse_acks(reader.read(ACKS_BYTES)), parse_floors(reader.read(FLOORS_BYTES))
    oldest_generation, oldest_letter, kind = reader.u32(), reader.u32(), reader.u8()
    fragment = None
    if reader.flag():
        letter, part, parts, length = reader.u32(), reader.u8(), reader.u8(), reader.u16()
        fragment = Fragment(letter, part, parts, reader.read(length))
    else:
        require_zero(reader.read(FRAGMENT_HEAD_BYTES - 1))
    healing = read_part(kind, reader)
    require_zero(reader.rest())
    return CellContent(acks, floors, oldest_letter, fragment, oldest_generation, healing)
