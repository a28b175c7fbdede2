"""What both ends of a stream share: epochs that follow each other, the relays of the roster, the head of what is kept.

Invariant: epochs only move forward, each opened from a root that follows from the one before; one that retention has
passed is erased whole. What an end does inside an epoch is its own (protocol.streams.send, protocol.streams.receive).

Spec: docs/protocol.md, Streams.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from math import ceil
from typing import ClassVar, Final, Generic, Protocol, Self, TypeVar

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.seams import MAX_RELAY_ID, RelayId
from protocol.streams.pigeonhole import (
    RESERVED,
    SECRET_BYTES,
    ChainRoot,
    calendar_of,
    generation_of,
    next_root,
    numbered,
    reserve_of,
    root_after,
)

MAX_RETAINED: Final = 8
DEFAULT_RETAINED: Final = 3
"""Epochs that 14 days of retention and epochs of 7 days make."""
_VERSION: Final = 3


def retained_epochs(retention_s: float, epoch_s: float) -> int:
    """Return how many epochs, the present one included, can hold a cell that has not expired (at most 8)."""
    return min(ceil(retention_s / epoch_s) + 1, MAX_RETAINED)


class StreamEpoch(Protocol):
    """One epoch of one end, numbered with its generation (`pigeonhole.numbered`)."""

    epoch: int

    def forget_stores(self) -> None:
        """Drop what was worked out for the relays of another roster."""
        ...


E = TypeVar("E", bound=StreamEpoch)


class Stream(ABC, Generic[E]):
    """One end of one direction. Mutable; the caller encodes it in the transaction that keeps what it did."""

    __slots__ = ("_epochs", "_next_root", "_relays", "_reserve", "_retained", "_spent")

    AHEAD: ClassVar[int]
    """How many epochs after the present one are open."""

    def __init__(
        self,
        epochs: list[E],
        following: ChainRoot,
        relays: tuple[RelayId, ...],
        retained: int,
        reserve: bytes,
        spent: set[int],
    ) -> None:
        self._epochs = epochs
        self._next_root = following
        self._relays = relays
        self._retained = retained
        self._reserve = reserve
        self._spent = spent
        """Reserved pigeonholes that were used, at a reading end that were received."""

    @classmethod
    def begin(cls, root: ChainRoot, epoch: int, relays: Iterable[RelayId], retained: int = DEFAULT_RETAINED) -> Self:
        """Start at `epoch`, whose root is `root`. `relays`: all of the roster; `retained`: see `retained_epochs`."""
        opened = cls._open_epoch(epoch, root)
        known, kept = _check_relays(relays), _check_retained(retained)
        stream = cls([opened], next_root(root), known, kept, reserve_of(root), set())
        stream._move(epoch, stream._relays, retained)
        return stream

    @staticmethod
    @abstractmethod
    def _open_epoch(epoch: int, root: ChainRoot) -> E:
        """Return an epoch of which nothing was used."""

    @staticmethod
    @abstractmethod
    def _first_opened(oldest: int, newest: int) -> int:
        """Return the first epoch to open when those from `oldest` to `newest` may be kept."""

    @property
    def epoch(self) -> int:
        """The present epoch, as of the last `roll`."""
        return self._epochs[-1].epoch - self.AHEAD

    @property
    def oldest(self) -> int:
        """The oldest epoch that is kept."""
        return self._epochs[0].epoch

    def follow(self, root: ChainRoot, number: int) -> Self:
        """Return the same end of the next generation, begun at the numbered epoch `number`, in the present epoch."""
        following = self.begin(root, number, self._relays, self._retained)
        present = numbered(generation_of(number), calendar_of(self.epoch))
        following._move(present, self._relays, self._retained)
        return following

    def _move(self, now_epoch: int, relays: Iterable[RelayId], retained: int) -> list[E]:
        """Move to the epoch of the clock (never back) and the relays of the roster; return the epochs erased."""
        self._retained = _check_retained(retained)
        known = _check_relays(relays)
        if known != self._relays:
            self._relays = known
            for entry in self._epochs:
                entry.forget_stores()
        held = self._epochs[-1].epoch
        newest = max(now_epoch + self.AHEAD, held)
        oldest = newest - self.AHEAD - self._retained + 1
        first = max(held + 1, self._first_opened(oldest, newest))
        root = root_after(self._next_root, first - held - 1)
        for epoch in range(first, newest + 1):
            self._epochs.append(self._open_epoch(epoch, root))
            root = next_root(root)
        self._next_root = root
        gone = [entry for entry in self._epochs if entry.epoch < oldest]
        self._epochs = self._epochs[len(gone) :]
        return gone

    def _encode_head(self) -> bytes:
        """Return version u8=3 | retained u8 | relays (count u8, u8 each) | next root 32 | reserve 32 | spent u16 |
        epochs (count u8). Bit i of spent: reserved pigeonhole i.
        """
        relays = bytes([len(self._relays), *self._relays])
        reserve = self._reserve + sum(1 << index for index in self._spent).to_bytes(RESERVED // 8, "big")
        return bytes([_VERSION, self._retained]) + relays + self._next_root + reserve + bytes([len(self._epochs)])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. ProtocolError: anything else."""
        reader = Reader(data)
        reader.version(_VERSION)
        retained = reader.u8()
        relays = list(reader.read(reader.u8()))
        if not relays or relays != sorted(set(relays)):
            raise ProtocolError("the relays of a stream are not ascending")
        root = ChainRoot(reader.read(SECRET_BYTES))
        reserve, bits = reader.read(SECRET_BYTES), reader.u16()
        spent = {index for index in range(RESERVED) if bits >> index & 1}
        count = reader.u8()
        if not (1 <= retained <= MAX_RETAINED and 1 + cls.AHEAD <= count <= retained + cls.AHEAD):
            raise ProtocolError("a stream has a wrong number of epochs")
        epochs = cls._parse_epochs(reader, count, retained)
        reader.end()
        return cls(epochs, root, tuple([RelayId(relay) for relay in relays]), retained, reserve, spent)

    @classmethod
    @abstractmethod
    def _parse_epochs(cls, reader: Reader, count: int, retained: int) -> list[E]:
        """Read the epochs that follow the head. ProtocolError: not as an end of this kind writes them."""


def _check_relays(relays: Iterable[RelayId]) -> tuple[RelayId, ...]:
    """Return the relays ascending, each once. ValueError: none, or not a relay number."""
    known = tuple(sorted(set(relays)))
    if not 1 <= len(known) <= MAX_RELAY_ID or known[0] < 0 or known[-1] > MAX_RELAY_ID:
        raise ValueError("a stream needs the relays of the roster")
    return known


def _check_retained(retained: int) -> int:
    """Return `retained`. ValueError: out of 1..8."""
    if not 1 <= retained <= MAX_RETAINED:
        raise ValueError("a stream keeps 1 to 8 epochs")
    return retained
