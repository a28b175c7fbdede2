"""A board page: the pigeonholes that one relay filled in one page interval, as a Golomb-coded set of their tags.

Body layout: relay u8 | interval u32 | count u16 | coded set of ceil(22 count / 8) bytes. A tag is a keyed hash of a
hole in the range count * 2^20, keyed by relay and interval; tags are sorted and each difference is coded as quotient by
2^20 in unary (ones, then a zero) and remainder in 20 bits. The unary parts sum to less than 2 count bits, so the set
always fits, and its size tells nothing but the count.

Invariant: every listed hole matches; any other one matches with probability at most 2^-20; a page that decodes
encodes to the same bytes. Spec: docs/protocol.md, Board pages.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from protocol.community.constants import TAGS_PER_PAGE_MAX
from protocol.errors import ProtocolError
from protocol.primitives.kdf import derive
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole

REMAINDER_BITS: Final = 20  # one false match in 2^20 queries costs one wasted fetch in hundreds of days
BITS_PER_TAG: Final = REMAINDER_BITS + 2
CHAIN_START: Final = bytes(32)
_HEADER: Final = struct.Struct(">BIH")
PAGE_HEADER_BYTES: Final = _HEADER.size


@dataclass(frozen=True, slots=True)
class Page:
    """A decoded page. `values` are the sorted tags, one for each accepted deposit."""

    relay: RelayId
    interval: int
    values: tuple[int, ...]

    def matches(self, holes: Iterable[Hole]) -> list[Hole]:
        """Return those of `holes` which this page lists, in their order; 1 in 2^20 of them by accident."""
        if not self.values:
            return []
        listed = frozenset(self.values)
        watched = holes if isinstance(holes, Sequence) else list(holes)
        tags = _tags(watched, self.relay, self.interval, len(self.values))
        return [hole for hole, tag in zip(watched, tags, strict=True) if tag in listed]

    def encode(self) -> bytes:
        """Return the body this page was parsed from."""
        return _HEADER.pack(self.relay, self.interval, len(self.values)) + _encode_set(self.values)


def set_bytes(count: int) -> int:
    """Return the length of a coded set of `count` tags."""
    return (BITS_PER_TAG * count + 7) // 8


def encode_page(holes: Sequence[Hole], relay: RelayId, interval: int) -> bytes:
    """Return the body of the page that lists `holes`, one for each accepted deposit, in whatever order they come.

    Raises ValueError for more than TAGS_PER_PAGE_MAX.
    """
    if len(holes) > TAGS_PER_PAGE_MAX:
        raise ValueError("more pigeonholes than a page may list")
    values = sorted(_tags(holes, relay, interval, len(holes)))
    return _HEADER.pack(relay, interval, len(values)) + _encode_set(values)


def parse_page(body: bytes) -> Page:
    """Read a page body. Raises ProtocolError: length, a set that runs out of bits, padding that is not zero."""
    if len(body) < _HEADER.size:
        raise ProtocolError("a page is too short")
    relay, interval, count = _HEADER.unpack_from(body)
    if count > TAGS_PER_PAGE_MAX or len(body) != _HEADER.size + set_bytes(count):
        raise ProtocolError("a page has the wrong length")
    return Page(RelayId(relay), interval, _decode_set(body[_HEADER.size :], count))


def chain_hash(previous: bytes, body: bytes) -> bytes:
    """Return the 32-byte hash of a relay's chain of pages after `body`; the chain begins with CHAIN_START."""
    return derive(b"sosik pages", previous, body)


def _tags(holes: Sequence[Hole], relay: RelayId, interval: int, count: int) -> list[int]:
    """Return the tag of each hole, in the range count * 2^20."""
    page_key = derive(b"sosik page", bytes([relay]), interval.to_bytes(4, "big"))
    # One keyed state, copied for each hole: half the cost of keying anew, and clients tag 13,000 holes a page.
    keyed = hashlib.blake2b(digest_size=8, key=page_key, person=b"sosik tag")
    span = count << REMAINDER_BITS
    tags = []
    for hole in holes:
        state = keyed.copy()
        state.update(hole)
        tags.append((int.from_bytes(state.digest(), "big") * span) >> 64)
    return tags


def _encode_set(values: Sequence[int]) -> bytes:
    parts = []
    before = 0
    for value in values:
        quotient, remainder = divmod(value - before, 1 << REMAINDER_BITS)
        parts.append("1" * quotient + f"0{remainder:020b}")
        before = value
    size = set_bytes(len(values))
    bits = "".join(parts).ljust(8 * size, "0")
    return int(bits or "0", 2).to_bytes(size, "big")


def _decode_set(data: bytes, count: int) -> tuple[int, ...]:
    if not count:
        return ()
    bits = f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}"
    values = []
    position = value = 0
    try:
        for _ in range(count):
            stop = bits.index("0", position)
            quotient = stop - position
            position = stop + 1 + REMAINDER_BITS
            value += (quotient << REMAINDER_BITS) + int(bits[stop + 1 : position], 2)
            values.append(value)
    except ValueError as error:
        raise ProtocolError("a page's set runs out of bits") from error
    if position > len(bits) or "1" in bits[position:]:
        raise ProtocolError("a page's set is not in canonical form")
    if value >= count << REMAINDER_BITS:
        raise ProtocolError("a page lists a tag out of range")
    return tuple(values)
