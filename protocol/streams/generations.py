"""One direction of a relationship through its generations: the streams that are used, and those on their way out.

A generation is a stream with a root of its own, which follows from nothing that was kept before (`protocol.ratchet.
healing` agrees on it). The sender uses the newest one alone; an older one is over when nothing of it is in flight, and
the sender says so in every cell, upon which the reader watches it no longer. Invariant: an end holds at most two
generations, and a reader holds every generation that its sender may use.

Spec: docs/protocol.md, Generations.
Decisions 93, 96.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Generic, Self, TypeVar

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.seams import Entropy, RelayId
from protocol.streams.acks import MAX_ACK_EPOCHS, WINDOW, Acks, Floors
from protocol.streams.pigeonhole import ChainRoot, calendar_of, generation_of, is_reserved, numbered
from protocol.streams.receive import ReceiveStream, Watched
from protocol.streams.send import Claim, SendStream, Told
from protocol.streams.stream import DEFAULT_RETAINED

MAX_GENERATIONS: Final = 2
"""The next generation is agreed on only when both ends are done with the one before the present."""
NEAR: Final = 2 * MAX_GENERATIONS * WINDOW
"""Messages that may be under way after the last one that came: 256, see `Receiving.where`."""
_VERSION: Final = 1
S = TypeVar("S", SendStream, ReceiveStream)


@dataclass(frozen=True, slots=True)
class Where:
    """Where a message came: the numbered epoch of its pigeonhole, and how many messages an honest sender can have sent
    after the last one that came before."""

    epoch: int = 0
    reach: int = NEAR


class Generations(Generic[S]):
    """One end of one direction, oldest generation first. Mutable; the caller encodes it where it keeps what it did."""

    __slots__ = ("_streams",)

    def __init__(self, streams: list[S]) -> None:
        self._streams: list[S] = streams

    @property
    def newest(self) -> int:
        """The generation begun last."""
        return generation_of(self._streams[-1].epoch)

    @property
    def oldest(self) -> int:
        """The oldest generation that is not over."""
        return generation_of(self._streams[0].epoch)

    @property
    def settled(self) -> bool:
        """Whether only one generation is held."""
        return len(self._streams) == 1

    @property
    def epoch(self) -> int:
        """The present epoch of the calendar, as of the last `roll`."""
        return calendar_of(self._streams[-1].epoch)

    def start(self, generation: int, root: ChainRoot, epoch: int) -> None:
        """Begin the next generation, whose root is of the calendar's `epoch`. ValueError: it is not the next one."""
        if generation != self.newest + 1 or not self.settled:
            raise ValueError("generations follow each other")
        self._streams.append(self._streams[-1].follow(root, numbered(generation, epoch)))

    def _encode(self, head: bytes = b"") -> bytes:
        parts = [bytes([_VERSION]), head, bytes([len(self._streams)])]
        for stream in self._streams:
            state = stream.encode()
            parts += [len(state).to_bytes(4, "big"), state]
        return b"".join(parts)

    @staticmethod
    def _parse(reader: Reader, kind: type[S]) -> list[S]:
        count = reader.u8()
        streams = [kind.decode(reader.read(reader.u32())) for _ in range(count)]
        reader.end()
        numbers = [generation_of(stream.epoch) for stream in streams]
        if not 1 <= count <= MAX_GENERATIONS or numbers != list(range(numbers[0], numbers[0] + count)):
            raise ProtocolError("a stream has wrong generations")
        return streams


class Sending(Generations[SendStream]):
    """Sending end of one direction."""

    __slots__ = ()

    @classmethod
    def begin(cls, root: ChainRoot, epoch: int, relays: Iterable[RelayId], retained: int = DEFAULT_RETAINED) -> Self:
        """Start generation 0 at `epoch`; see `Stream.begin`."""
        return cls([SendStream.begin(root, epoch, relays, retained)])

    def roll(self, epoch: int, relays: Iterable[RelayId], retained: int = DEFAULT_RETAINED) -> list[tuple[int, int]]:
        """Move to the epoch of the clock, see `SendStream.roll`; return what is lost with epochs now erased."""
        known = tuple(relays)
        return [
            place
            for stream in self._streams
            for place in stream.roll(numbered(generation_of(stream.epoch), epoch), known, retained)
        ]

    def claim(self, store: RelayId) -> Claim | None:
        """Take a pigeonhole of the newest generation; see `SendStream.claim`."""
        return self._streams[-1].claim(store)

    def claim_reserved(self, entropy: Entropy) -> Claim | None:
        """Take a reserved pigeonhole of the newest generation; see `SendStream.claim_reserved`."""
        return self._streams[-1].claim_reserved(entropy)

    @property
    def reserved_used(self) -> int:
        """How many reserved pigeonholes of the newest generation were used."""
        return self._streams[-1].reserved_used

    @property
    def used(self) -> int:
        """How far the indices of the newest generation are used in the present epoch."""
        return self._streams[-1].used

    def acknowledge(self, acks: Acks) -> Told:
        """Take in what the reader received.

        ProtocolError: an index that was never used is named; nothing has changed then.
        """
        for stream in self._streams:
            stream.check(acks)
        told = [stream.acknowledge(acks) for stream in self._streams]
        return Told([place for one in told for place in one.acked], [place for one in told for place in one.lost])

    def has_used(self, epoch: int, index: int) -> bool:
        """Whether a cell was left at this index, as far as is still kept."""
        return any(stream.has_used(epoch, index) for stream in self._streams)

    def give_up(self, epoch: int, index: int) -> None:
        """Wait for this index no longer. Unknown ones are passed over."""
        for stream in self._streams:
            stream.give_up(epoch, index)

    def in_flight(self) -> list[tuple[int, int]]:
        """Return every (epoch, index) that an ack is awaited for, oldest first."""
        return [place for stream in self._streams for place in stream.in_flight()]

    def floors(self) -> Floors:
        """Return what every cell carries: below these indices nothing comes any more."""
        return tuple([floor for stream in self._streams for floor in stream.floors()][-MAX_ACK_EPOCHS:])

    def settle(self) -> None:
        """Drop older generations of which nothing is in flight: their sender never comes back to them."""
        while not self.settled and not self._streams[0].in_flight():
            del self._streams[0]

    def encode(self) -> bytes:
        """Return version u8=1 | count u8 | count x (length u32 | `SendStream.encode`), oldest generation first."""
        return self._encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. ProtocolError: anything else."""
        reader = Reader(data)
        reader.version(_VERSION)
        return cls(cls._parse(reader, SendStream))


class Receiving(Generations[ReceiveStream]):
    """Reading end of one direction."""

    __slots__ = ("_heard",)

    def __init__(self, streams: list[ReceiveStream], heard: int) -> None:
        super().__init__(streams)
        self._heard = heard

    @classmethod
    def begin(cls, root: ChainRoot, epoch: int, relays: Iterable[RelayId], retained: int = DEFAULT_RETAINED) -> Self:
        """Start generation 0 at `epoch`; see `Stream.begin`."""
        return cls([ReceiveStream.begin(root, epoch, relays, retained)], epoch)

    @property
    def oldest_epoch(self) -> int:
        """The oldest epoch of the calendar that anything is still watched in."""
        return min(calendar_of(stream.oldest) for stream in self._streams)

    def roll(self, epoch: int, relays: Iterable[RelayId], retained: int = DEFAULT_RETAINED) -> None:
        """Move to the epoch of the clock; see `ReceiveStream.roll`."""
        known = tuple(relays)
        for stream in self._streams:
            stream.roll(numbered(generation_of(stream.epoch), epoch), known, retained)

    def watch(self) -> list[Watched]:
        """Return every pigeonhole to look out for, oldest generation first."""
        return [watched for stream in self._streams for watched in stream.watch()]

    def watch_reserved(self) -> list[Watched]:
        """Return the reserved pigeonholes to look out for, of every generation that is held."""
        return [watched for stream in self._streams for watched in stream.watch_reserved()]

    def key_of(self, epoch: int, index: int) -> bytes | None:
        """Return the 32-byte key of the cell at a watched index, None if it is not watched."""
        stream = self._find(epoch)
        return stream.key_of(epoch, index) if stream else None

    def receive(self, epoch: int, index: int) -> bool:
        """Record a cell as received and erase its keys. False: it was not watched."""
        if not is_reserved(epoch):
            self._heard = max(self._heard, calendar_of(epoch))
        stream = self._find(epoch)
        return stream.receive(epoch, index) if stream else False

    def where(self, epoch: int) -> Where:
        """Return how far ahead a message in the numbered `epoch` may be: after the last one that came an honest sender
        has at most a window in each epoch since then, in two generations; one epoch more, for clocks differ.
        """
        passed = max(calendar_of(epoch) - self._heard, 0)
        return Where(epoch, NEAR + passed * MAX_GENERATIONS * WINDOW)

    def set_floors(self, floors: Floors) -> None:
        """Take in the sender's floors; see `ReceiveStream.set_floors`."""
        for stream in self._streams:
            stream.set_floors(floors)

    def retire(self, oldest: int) -> None:
        """The sender has nothing in flight below generation `oldest`: watch that no more. ProtocolError: not begun."""
        if oldest > self.newest:
            raise ProtocolError("a generation that was not begun cannot be the oldest")
        self._streams = [stream for stream in self._streams if generation_of(stream.epoch) >= oldest]

    def acks(self) -> Acks:
        """Return what every cell of our own carries: the newest four epochs in which anything was received."""
        return Acks(tuple([entry for stream in self._streams for entry in stream.acks().epochs][-MAX_ACK_EPOCHS:]))

    def _find(self, epoch: int) -> ReceiveStream | None:
        of = generation_of(epoch)
        return next((stream for stream in self._streams if generation_of(stream.epoch) == of), None)

    def encode(self) -> bytes:
        """Return version u8=1 | newest epoch heard u32 | count u8 | count x (length u32 | `ReceiveStream.encode`)."""
        return self._encode(self._heard.to_bytes(4, "big"))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. ProtocolError: anything else."""
        reader = Reader(data)
        reader.version(_VERSION)
        heard = reader.u32()
        return cls(cls._parse(reader, ReceiveStream), heard)
