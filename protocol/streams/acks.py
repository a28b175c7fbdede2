"""What the two ends of a stream tell each other inside cells: received indices one way, floors the other.

Acks: for up to four epochs, the reader's floor (it watches nothing below) and a bitmap of what it received in the
64 indices from there. Floors: for up to four epochs, the lowest index the sender still waits for or may still use.
Both are repeated in every cell and may be seen in any order; applying an old one changes nothing.

Spec: docs/protocol.md, Streams.
Decisions 5, 6.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.streams.pigeonhole import MAX_EPOCH, MAX_GENERATION, numbered

WINDOW: Final = 64
"""Most unacknowledged indices in an epoch; a reader watches this many from its floor."""
MAX_ACK_EPOCHS: Final = 4
"""A cell has room for four epochs: the three that the default retention covers, and one ahead."""
MAX_INDEX: Final = 0xFFFF
"""Indices are u16: 64 in flight at a time never come near it within an epoch."""
_MAX_NUMBER: Final = numbered(MAX_GENERATION, MAX_EPOCH)

ACKS_BYTES: Final = 1 + MAX_ACK_EPOCHS * (8 + 2 + 8)
FLOORS_BYTES: Final = 1 + MAX_ACK_EPOCHS * (8 + 2)

Floors = tuple[tuple[int, int], ...]
"""(epoch, lowest index that may still come), epochs ascending, at most four; silence about an epoch means 0. Epochs are
numbered with their generation (`pigeonhole.numbered`), here as in acks."""


@dataclass(frozen=True, slots=True)
class EpochAcks:
    """One epoch: nothing below `floor` is watched any more; bit i of `bitmap` says index floor + i was received."""

    epoch: int
    floor: int
    bitmap: int

    def __post_init__(self) -> None:
        if not (0 <= self.epoch <= _MAX_NUMBER and 0 <= self.floor <= MAX_INDEX and 0 <= self.bitmap < 1 << WINDOW):
            raise ProtocolError("an ack is out of range")
        if self.bitmap & 1:
            raise ProtocolError("a received index is above the floor, never at it")
        if self.floor == 0 and self.bitmap == 0:
            raise ProtocolError("an ack without content is left out")
        if self.floor + self.bitmap.bit_length() - 1 > MAX_INDEX:
            raise ProtocolError("an ack is out of range")

    def indices_above(self) -> list[int]:
        """Return the received indices above the floor, ascending."""
        return [self.floor + bit for bit in range(self.bitmap.bit_length()) if self.bitmap >> bit & 1]


@dataclass(frozen=True, slots=True)
class Acks:
    """What a reader has received, epochs ascending."""

    epochs: tuple[EpochAcks, ...] = ()

    def __post_init__(self) -> None:
        _require_ascending([entry.epoch for entry in self.epochs])


def encode_acks(acks: Acks) -> bytes:
    """Return count u8 | count x (epoch u64 | floor u16 | bitmap u64), zero padded to `ACKS_BYTES`."""
    body = b"".join(
        [e.epoch.to_bytes(8, "big") + e.floor.to_bytes(2, "big") + e.bitmap.to_bytes(8, "big") for e in acks.epochs]
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
