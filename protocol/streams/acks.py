"""What the two ends of a stream tell each other inside cells: received indices one way, floors the other.

Acks: for up to four epochs, how far the reader has come and a bitmap of what it received in the 64 indices below.
Floors: for up to four epochs, the lowest index the sender still waits for or may still use. Both are repeated in every
cell and may be seen in any order; applying an old one changes nothing.

Spec: docs/protocol.md, Streams.
Decisions 5, 6.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.streams.pigeonhole import MAX_EPOCH, MAX_GENERATION, numbered

WINDOW: Final = 64
"""A reader looks out for this many indices beyond the last one that came, and for those missing below."""
MAX_ACK_EPOCHS: Final = 4
"""A cell has room for four epochs: the three that the default retention covers, and one ahead."""
MAX_INDEX: Final = 0xFFFF
"""Indices are u16: the slots of an epoch never come near it."""
_MAX_NUMBER: Final = numbered(MAX_GENERATION, MAX_EPOCH)

ACKS_BYTES: Final = 1 + MAX_ACK_EPOCHS * (8 + 2 + 8)
FLOORS_BYTES: Final = 1 + MAX_ACK_EPOCHS * (8 + 2)

Floors = tuple[tuple[int, int], ...]
"""(epoch, lowest index that may still come), epochs ascending, at most four; silence about an epoch means 0. Epochs are
numbered with their generation (`pigeonhole.numbered`), here as in acks."""


def bitmap_below(end: int, indices: Iterable[int]) -> int:
    """Return the bitmap whose bit i says that index end - 1 - i is in the set."""
    return sum(1 << end - 1 - index for index in indices)


def indices_below(end: int, bitmap: int) -> list[int]:
    """Return the indices that such a bitmap names, ascending."""
    return [end - 1 - bit for bit in range(bitmap.bit_length() - 1, -1, -1) if bitmap >> bit & 1]


@dataclass(frozen=True, slots=True)
class EpochAcks:
    """One epoch: from `end` on nothing came yet; bit i of `bitmap` says index end - 1 - i was received. What is more
    than `WINDOW` below is not looked out for any more."""

    epoch: int
    end: int
    bitmap: int

    def __post_init__(self) -> None:
        if not (0 <= self.epoch <= _MAX_NUMBER and 0 <= self.end <= MAX_INDEX):
            raise ProtocolError("an ack is out of range")
        if self.end == 0:
            raise ProtocolError("an ack without content is left out")
        if not 0 <= self.bitmap < 1 << min(WINDOW, self.end):
            raise ProtocolError("an ack is out of range")

    def indices(self) -> list[int]:
        """Return the received indices, ascending."""
        return indices_below(self.end, self.bitmap)


@dataclass(frozen=True, slots=True)
class Acks:
    """What a reader has received, epochs ascending."""

    epochs: tuple[EpochAcks, ...] = ()

    def __post_init__(self) -> None:
        _require_ascending([entry.epoch for entry in self.epochs])


def encode_acks(acks: Acks) -> bytes:
    """Return count u8 | count x (epoch u64 | end u16 | bitmap u64), zero padded to `ACKS_BYTES`."""
    body = b"".join(
        [e.epoch.to_bytes(8, "big") + e.end.to_bytes(2, "big") + e.bitmap.to_bytes(8, "big") for e in acks.epochs]
    )
    return (bytes([len(acks.epochs)]) + body).ljust(ACKS_BYTES, b"\0")


def parse_acks(data: bytes) -> Acks:
    """Read exactly `ACKS_BYTES`. ProtocolError: not what `encode_acks` writes."""
    reader = Reader(data)
    count = _count(reader)
    acks = Acks(tuple([EpochAcks(reader.u64(), reader.u16(), reader.u64()) for _ in range(count)]))
    if encode_acks(acks) != data:
        raise ProtocolError("acks are not canonical")
    return acks


def encode_floors(floors: Floors) -> bytes:
    """Return count u8 | count x (epoch u64 | floor u16), zero padded to `FLOORS_BYTES`. ProtocolError: out of range."""
    check_floors(floors)
    body = b"".join([epoch.to_bytes(8, "big") + floor.to_bytes(2, "big") for epoch, floor in floors])
    return (bytes([len(floors)]) + body).ljust(FLOORS_BYTES, b"\0")


def parse_floors(data: bytes) -> Floors:
    """Read exactly `FLOORS_BYTES`. ProtocolError: not what `encode_floors` writes."""
    reader = Reader(data)
    count = _count(reader)
    floors = tuple([(reader.u64(), reader.u16()) for _ in range(count)])
    if encode_floors(floors) != data:
        raise ProtocolError("floors are not canonical")
    return floors


def check_floors(floors: Floors) -> None:
    """ProtocolError: too many epochs, not ascending, or a value out of range."""
    _require_ascending([epoch for epoch, _ in floors])
    for epoch, floor in floors:
        if not (0 <= epoch <= _MAX_NUMBER and 0 < floor <= MAX_INDEX):
            raise ProtocolError("a floor is out of range")


def _count(reader: Reader) -> int:
    count = reader.u8()
    if count > MAX_ACK_EPOCHS:
        raise ProtocolError("too many epochs")
    return count


def _require_ascending(epochs: list[int]) -> None:
    if len(epochs) > MAX_ACK_EPOCHS:
        raise ProtocolError("too many epochs")
    if any(later <= earlier for earlier, later in pairwise(epochs)):
        raise ProtocolError("epochs are not ascending")
