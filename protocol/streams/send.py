"""The sending end of a stream: which pigeonhole a cell takes, and what has become of each one taken.

Indices are numbered like QUIC packets: each transmission takes a new one, none is used twice, and lost data is sent
again under another. Invariant: every index used lies where the reader surely looks, [floor, floor + WINDOW) of the
floor it last acknowledged, and its secret is erased the moment it is claimed.

    unused -> in flight -> acknowledged
                        -> given up (an ack that still comes counts; it holds nothing back)
    unused -> skipped (its store lags too far behind the others)

Spec: docs/protocol.md, Streams.
Decision 23.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.seams import RelayId
from protocol.streams.acks import MAX_ACK_EPOCHS, MAX_INDEX, WINDOW, Acks, EpochAcks, Floors
from protocol.streams.epoch_chain import EpochChain
from protocol.streams.pigeonhole import (
    SECRET_BYTES,
    ChainRoot,
    ChainState,
    HoleSecret,
    Take,
    chain_start,
    pigeonhole_of,
    store_of,
)
from protocol.streams.stream import DEFAULT_RETAINED, Stream, encode_bits, parse_bits

MAX_LAG: Final = WINDOW // 2
"""An unused index this far behind the highest used one is skipped: its store is gone, or so rarely drawn that it
would hold the reader's floor for ever."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A pigeonhole taken for one cell. Its secrets exist here alone."""

    epoch: int
    index: int
    take: Take = field(repr=False)
    cell_key: bytes = field(repr=False)


@dataclass(slots=True)
class _Epoch:
    """One epoch. `chain` is None when it is over: nothing of it is used any more, acks are still awaited."""

    epoch: int
    floor: int
    end: int
    chain: EpochChain | None
    in_flight: set[int]
    given_up: set[int]
    stores: dict[int, RelayId]

    def forget_stores(self) -> None:
        """Drop which store each unused index belongs to."""
        self.stores.clear()

    def unused(self) -> dict[int, HoleSecret]:
        """Return the indices below `end` that may still be used."""
        return self.chain.kept if self.chain else {}

    def sender_floor(self) -> int:
        """Return the lowest index in flight or still usable."""
        return min([self.end, *self.in_flight, *self.unused()])

    def check(self, ack: EpochAcks) -> None:
        """ProtocolError: the ack names an index that was never used."""
        above = ack.indices_above()
        unused = self.unused()
        if (
            ack.floor > self.end
            or (above and above[-1] >= self.end)
            or any(index < ack.floor for index in unused)
            or not unused.keys().isdisjoint(above)
        ):
            raise ProtocolError("an ack names an index that was never used")

    def apply(self, ack: EpochAcks) -> list[int]:
        """Take in a checked ack; return the indices it is the first to acknowledge."""
        above = set(ack.indices_above())
        # Below the reader's floor an index in flight was received, for our own floors never pass it; one given up
        # may as well have been passed over.
        acked = {index for index in self.in_flight if index < ack.floor or index in above} | (self.given_up & above)
        self.in_flight -= acked
        self.floor = max(self.floor, ack.floor)
        self.given_up = {index for index in self.given_up - acked if index >= self.floor}
        return sorted(acked)


class SendStream(Stream[_Epoch]):
    """Sending end of one direction. `claim` takes from the epoch that is present."""

    __slots__ = ()
    AHEAD: ClassVar = 0

    @staticmethod
    def _open_epoch(epoch: int, root: ChainRoot) -> _Epoch:
        return _Epoch(epoch, 0, 0, EpochChain(chain_start(root), 0, {}), set(), set(), {})

    @staticmethod
    def _first_opened(oldest: int, newest: int) -> int:
        """Nothing was sent in an epoch that passed unseen."""
        return newest

    def _move(self, now_epoch: int, relays: Iterable[RelayId], retained: int) -> list[_Epoch]:
        gone = super()._move(now_epoch, relays, retained)
        for entry in self._epochs[:-1]:
            entry.chain = None
        return gone

    def roll(
        self, now_epoch: int, relays: Iterable[RelayId], retained: int = DEFAULT_RETAINED
    ) -> list[tuple[int, int]]:
        """Move to the epoch of the clock (never back) and the relays of the roster.

        Returns the (epoch, index) that were in flight in epochs now erased: what they carried is lost.
        """
        gone = self._move(now_epoch, relays, retained)
        return [(entry.epoch, index) for entry in gone for index in sorted(entry.in_flight)]

    @property
    def used(self) -> int:
        """One more than the highest index used in the present epoch."""
        return self._epochs[-1].end

    def claim(self, store: RelayId) -> Claim | None:
        """Take the lowest unused index of the present epoch that belongs to `store`; None if the window has none."""
        now = self._epochs[-1]
        chain = now.chain
        if chain is None:
            return None
        for index in range(now.floor, min(now.floor + WINDOW, MAX_INDEX)):
            secret = chain.find_secret(index)
            if secret is None or self._store(now, index, secret) != store:
                continue
            hole = pigeonhole_of(secret, self._relays)
            chain.spend(index)
            now.end = chain.next
            for lagging in [unused for unused in chain.kept if unused + MAX_LAG < now.end - 1]:
                chain.spend(lagging)
            now.in_flight.add(index)
            now.stores = {known: relay for known, relay in now.stores.items() if known > index or known in chain.kept}
            return Claim(now.epoch, index, hole.take, hole.cell_key)
        return None

    def acknowledge(self, acks: Acks) -> list[tuple[int, int]]:
        """Take in what the reader received; return the (epoch, index) acknowledged for the first time.

        ProtocolError: an index that was never used is named; nothing has changed then. Erased epochs are passed over.
        """
        self.check(acks)
        return [(entry.epoch, index) for entry, ack in self._known(acks) for index in entry.apply(ack)]

    def check(self, acks: Acks) -> None:
        """ProtocolError: an index that was never used is named."""
        for entry, ack in self._known(acks):
            entry.check(ack)

    def _known(self, acks: Acks) -> list[tuple[_Epoch, EpochAcks]]:
        ours = {entry.epoch: entry for entry in self._epochs}
        return [(ours[ack.epoch], ack) for ack in acks.epochs if ack.epoch in ours]

    def give_up(self, epoch: int, index: int) -> None:
        """Wait for this index no longer: the reader's floor may pass it. Unknown ones are passed over."""
        for entry in self._epochs:
            if entry.epoch == epoch and index in entry.in_flight:
                entry.in_flight.discard(index)
                entry.given_up.add(index)

    def in_flight(self) -> list[tuple[int, int]]:
        """Return every (epoch, index) that an ack is awaited for, oldest first."""
        return [(entry.epoch, index) for entry in self._epochs for index in sorted(entry.in_flight)]

    def floors(self) -> Floors:
        """Return what every cell carries: below these indices nothing comes any more."""
        floors = [(entry.epoch, entry.sender_floor()) for entry in self._epochs]
        return tuple([entry for entry in floors if entry[1] > 0][-MAX_ACK_EPOCHS:])

    def _store(self, now: _Epoch, index: int, secret: HoleSecret) -> RelayId:
        store = now.stores.get(index)
        if store is None:
            store = now.stores[index] = store_of(secret, self._relays)
        return store

    def encode(self) -> bytes:
        """Return the head (`Stream._encode_head`) and the epochs, each:

        epoch u64 | floor u16 | end u16 | in flight u64 | given up u64 (bit i: index floor + i), the last, present one
        followed by unused u64 | state 32 | secret 32 for each unused.
        """
        parts = [self._encode_head()]
        for entry in self._epochs:
            parts.append(entry.epoch.to_bytes(8, "big") + entry.floor.to_bytes(2, "big") + entry.end.to_bytes(2, "big"))
            parts += [encode_bits(entry.in_flight, entry.floor), encode_bits(entry.given_up, entry.floor)]
            if entry.chain:
                parts += [encode_bits(entry.chain.kept, entry.floor), entry.chain.state]
                parts += [entry.chain.kept[index] for index in sorted(entry.chain.kept)]
        return b"".join(parts)

    @classmethod
    def _parse_epochs(cls, reader: Reader, count: int, retained: int) -> list[_Epoch]:
        epochs = [_parse_epoch(reader, live=position == count - 1) for position in range(count)]
        numbers = [entry.epoch for entry in epochs]
        if numbers != sorted(set(numbers)) or numbers[0] <= numbers[-1] - retained:
            raise ProtocolError("a sending stream has wrong epochs")
        return epochs


def _parse_epoch(reader: Reader, *, live: bool) -> _Epoch:
    epoch, floor, end = reader.u64(), reader.u16(), reader.u16()
    if not floor <= end <= min(floor + WINDOW, MAX_INDEX):
        raise ProtocolError("a sending stream has a wrong window")
    in_flight, given_up = parse_bits(reader, floor, end), parse_bits(reader, floor, end)
    unused: set[int] = set()
    chain = None
    if live:
        unused = parse_bits(reader, floor, end)
        state = ChainState(reader.read(SECRET_BYTES))
        chain = EpochChain(state, end, {index: HoleSecret(reader.read(SECRET_BYTES)) for index in sorted(unused)})
    if in_flight & given_up or (in_flight | given_up) & unused:
        raise ProtocolError("an index of a sending stream has two states")
    return _Epoch(epoch, floor, end, chain, in_flight, given_up, {})
