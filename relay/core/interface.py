"""What the shell of a relay (web, links, pump) and its core say to each other.

Purpose: the types and the interface between `relay.core.service`, which owns every transaction, and whatever runs it:
the web shell, a test, or a simulation on an injected clock.
Invariant: nothing here, and nothing behind it, starts a task, reads a clock or draws randomness of its own.
Spec: docs/protocol.md, Relay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from protocol.community.roster import Roster
from protocol.seams import RelayId


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """One sealed batch for one other relay; to be posted as it is, and its fate told to `RelayService.shipped`.

    token: names the batch inside the service that made it; meaningless elsewhere.
    """

    peer: RelayId
    body: bytes
    token: int


class Count(Enum):
    """Running totals since start, for metrics. Coarse on purpose: no member tells letters from cover."""

    EXCHANGES_OK = "exchanges_ok"
    EXCHANGES_REFUSED = "exchanges_refused"
    EXCHANGES_BUSY = "exchanges_busy"
    EXCHANGES_UNREADABLE = "exchanges_unreadable"
    PACKETS_ACCEPTED = "packets_accepted"
    PACKETS_DROPPED = "packets_dropped"
    PACKETS_REPLAYED = "packets_replayed"
    PACKETS_UNREADABLE = "packets_unreadable"
    BATCHES_HEARD = "batches_heard"
    BATCHES_REFUSED = "batches_refused"
    BATCHES_SHIPPED = "batches_shipped"
    BATCHES_FAILED = "batches_failed"
    PAGES_CUT = "pages_cut"
    POISONED = "frames_poisoned"
    """Frames and packets that raised something unforeseen, and were dropped for it."""


@dataclass(frozen=True, slots=True)
class Question:
    """An exchange with another relay that asks for the beginning of its latest key block."""

    peer: RelayId
    body: bytes = field(repr=False)
    response_key: bytes = field(repr=False)


class Relay(Protocol):
    """The core of a relay as its shell sees it; `relay.core.service.RelayService` is the implementation.

    All coroutines may be called concurrently; the core orders its own transactions. None raises for anything a peer
    sent. What they raise otherwise (a full disk, for instance) means: nothing was accepted, do not answer.
    """

    @property
    def roster(self) -> Roster:
        """The roster in force, for the shell to look up the addresses and pins of other relays."""
        ...

    @property
    def peers(self) -> tuple[RelayId, ...]:
        """The other relays of the roster."""
        ...

    @property
    def unheard(self) -> bool:
        """Whether more than half of the others do not acknowledge what we ship."""
        ...

    @property
    def is_off_roster(self) -> bool:
        """Whether the community has taken this relay off its roster."""
        ...

    def ask(self, peer: RelayId) -> Question:
        """An exchange that asks another relay for what it has on its board."""
        ...

    async def take_answer(self, question: Question, answer: bytes, now: float) -> None:
        """Follow the rosters that an answer shows."""
        ...

    @property
    def answer_s(self) -> float:
        """The answer deadline grid of the roster in seconds."""
        ...

    @property
    def counts(self) -> Mapping[Count, int]:
        """Running totals since start."""
        ...

    @property
    def waiting(self) -> int:
        """Packets, replies and board pieces in the pool."""
        ...

    async def exchanges(self, bodies: Sequence[bytes], now: float) -> list[bytes]:
        """Serve a group of exchange bodies in one transaction; see `RelayService.exchanges`."""
        ...

    async def link(self, body: bytes, now: float) -> bytes:
        """Take one batch of another relay; see `RelayService.link`."""
        ...

    def next_due(self, now: float) -> float:
        """Unix seconds at which `run_due` next has something to do."""
        ...

    async def run_due(self, now: float) -> list[SealedBatch]:
        """Do what is due and return what is to be posted."""
        ...

    def next_tidying(self, now: float) -> float:
        """Unix seconds at which `tidy` next has something to do."""
        ...

    async def tidy(self, now: float) -> bool:
        """Erase what has expired. It may take an hour, and nothing else waits for it; False: call it again later."""
        ...

    async def shipped(self, batch: SealedBatch, ack: bytes | None, now: float) -> None:
        """Tell what became of a batch: the body of the answer, or None."""
        ...

    async def close(self) -> None:
        """Put away what is pending and close the store."""
        ...
