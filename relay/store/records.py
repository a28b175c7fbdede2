"""The rows of a relay's store as values.

Invariant: a row holds what its task needs and the coarsest time its expiry needs (`day`: UTC day number); nothing
names a person, and no two rows are joined that the task does not join.
Spec: docs/protocol.md, Relay; relay/operator/inventory.py explains every column.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId


class KeyKind(IntEnum):
    """Rotating key pairs of a relay; the number is stored."""

    DAY = 1
    SLOW = 2
    LINK = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a relay has come: its counters and marks, and the newest day for which it has made a key."""

    state: Mapping[str, int]
    key_day: int | None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One rotating secret: X25519, of a day key with the ML-KEM seed behind it (96 bytes).

    period: UTC day number (DAY, LINK) or month number (SLOW)."""

    kind: KeyKind
    period: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TagRow:
    """Replay tag (16 bytes) of a box that the key (kind, period) opened; erased with that key."""

    kind: KeyKind
    period: int
    tag: bytes


@dataclass(frozen=True, slots=True)
class PacketRow:
    """What waits in the pool. due_ms: Unix milliseconds on the link-tick grid. id: random 63 bits."""

    id: int
    due_ms: int
    next: RelayId
    kind: FrameKind
    ref: bytes
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """The way back of one fetch: who may answer, under which key the answer is sealed again, and where it goes.

    Either `shelf` (the internal number of a shelf here) or `came_from` and `their_ref` (16 bytes) is set.
    quarter: number of the quarter of a UTC day (6 h) in which it was made; none is kept longer than a day.
    """

    ref: bytes
    sent_to: RelayId
    came_from: RelayId | None
    their_ref: bytes | None
    shelf: int | None
    back_ms: int
    reply_key: bytes = field(repr=False)
    quarter: int


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """A shelf. name: hash (32 bytes) of what the client calls it."""

    id: int
    name: bytes
    next_number: int
    day: int


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One numbered reply (4217 bytes) on a shelf."""

    id: int
    shelf: int
    number: int
    day: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A spent ticket: hash of its serial, the shelf it was first used with (while answers may repeat), its expiry."""

    ticket: bytes
    shelf: int | None
    day: int
    expires: int


@dataclass(frozen=True, slots=True)
class CellRow:
    """A filled pigeonhole. id: 63 bits of the hole, which is itself a hash."""

    id: int
    hole: bytes
    day: int
    cell: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListedRow:
    """An entry that our board holds: kind of entry, relay it speaks of, its interval, day or version, its hash."""

    kind: int
    relay: int
    period: int
    digest: bytes
    day: int


@dataclass(frozen=True, slots=True)
class SealRow:
    """The newest seal of one relay (ourselves included) as received."""

    relay: RelayId
    interval: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PieceRow:
    """A part of a board entry that has not arrived whole. entry: its 8-byte name. body: as the frame carried it."""

    relay: RelayId
    entry: bytes
    part: int
    day: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DescriptorRow:
    """A signed descriptor as received. day: its day number."""

    relay: RelayId
    day: int
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """The last batch heard from one process of a relay. seen: bit i set = batch seq - i was taken. day: when heard."""

    relay: RelayId
    process: bytes  # column `boot`: applied migrations are not rewritten
    seq: int
    seen: int
    day: int


def cell_id(hole: bytes) -> int:
    """The row number of a cell: 63 bits of its hole, which is a hash and so keeps no order of arrival."""
    return int.from_bytes(hole[:8], "big") >> 1
