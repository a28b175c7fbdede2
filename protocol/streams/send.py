"""The sending end of a stream: which pigeonhole a cell takes, and what has become of each one taken.

Indices are numbered like QUIC packets: each transmission takes a new one, none is used twice, and lost data is sent
again under another. Invariant: every index used lies where the reader surely looks when it is used, less than `WINDOW`
beyond how far the reader last said to have come, and its secret is erased the moment it is claimed.

    unused -> in flight -> acknowledged
                        -> passed (the reader has come so far that it looks for it no more: lost)
                        -> given up (an ack that still comes counts; it holds nothing back)
    unused -> skipped (its store lags too far behind the others)

Spec: docs/protocol.md, Streams.
Decisions 23, 123.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.primitives.sampling import randbelow
from protocol.seams import Entropy, RelayId
from protocol.streams.acks import (
    MAX_ACK_EPOCHS,
    MAX_INDEX,
    WINDOW,
    Acks,
    EpochAcks,
    Floors,
    bitmap_below,
    indices_below,
)
from protocol.streams.epoch_chain import EpochChain
from protocol.streams.pigeonhole import (
    RESERVED,
    SECRET_BYTES,
    ChainRoot,
    ChainState,
    HoleSecret,
    Take,
    cell_key_of,
    chain_start,
    generation_of,
    pigeonhole_of,
    reserved,
    reserved_secret,
    store_of,
    take_of,
)
from protocol.streams.stream import DEFAULT_RETAINED, Stream

MAX_LAG: Final = WINDOW // 2
"""An unused index this far behind the highest used one is skipped: its store is gone, or rarely drawn, and the reader
will soon look for it no more."""
_KEPT_BYTES: Final = 2 * WINDOW // 8


class NeverUsed(ProtocolError):
    """An index that was never used has arrived: the other side lies, or another run of ours, from a copy, used it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A pigeonhole taken for one cell. Its secrets exist here alone."""

    epoch: int
    index: int
    take: Take = field(repr=False)
    cell_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """What acks told, as (epoch, index): `acked` for the first time, and `lost`, which were in flight."""

    acked: list[tuple[int, int]] = field(default_factory=list)
    lost: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Epoch:
    """One epoch. `reached`: how far the reader said to have come. `chain` is None when it is over: nothing of it is
    used any more, acks are still awaited."""

    epoch: int
    reached: int
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
        if ack.end > self.end or not self.unused().keys().isdisjoint(ack.indices()):
            raise NeverUsed("an ack names an index that was never used")

    def apply(self, ack: EpochAcks) -> Told:
        """Take in a checked ack."""
        acked = (self.in_flight | self.given_up).intersection(ack.indices())
        self.reached = max(self.reached, ack.end)
        passed = {index for index in self.in_flight - acked if index < self.reached - WINDOW}
        self.in_flight -= acked | passed
        self.given_up = {index for index in self.given_up - acked if index >= self.reached - WINDOW}
        return Told(*([(self.epoch, index) for index in sorted(found)] for found in (acked, passed)))


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
        for index in range(min([now.end, *chain.kept]), min(now.reached + WINDOW, MAX_INDEX)):
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

    def claim_reserved(self, entropy: Entropy) -> Claim | None:
        """Take any reserved pigeonhole, for whichever store; None when all were used.

        Drawn, not the lowest: of two runs that go on from one copy each would take that.
        """
        left = [index for index in range(RESERVED) if index not in self._spent]
        if not left:
            return None
        index = left[randbelow(entropy, len(left))]
        self._spent.add(index)
        secret = reserved_secret(self._reserve, index)
        return Claim(reserved(generation_of(self.epoch)), index, take_of(secret), cell_key_of(secret))

    @property
    def reserved_used(self) -> int:
        """How many reserved pigeonholes were used."""
        return len(self._spent)

    def acknowledge(self, acks: Acks) -> Told:
        """Take in what the reader received.

        ProtocolError: an index that was never used is named; nothing has changed then. Erased epochs are passed over.
        """
        self.check(acks)
        told = Told()
        for entry, ack in self._known(acks):
            more = entry.apply(ack)
            told.acked.extend(more.acked)
            told.lost.extend(more.lost)
        return told

    def check(self, acks: Acks) -> None:
        """ProtocolError: an index that was never used is named."""
        for entry, ack in self._known(acks):
            entry.check(ack)

    def has_used(self, epoch: int, index: int) -> bool:
        """Whether a cell was left at this index, as far as is still kept."""
        return any(entry.epoch == epoch and index < entry.end and index not in entry.unused() for entry in self._epochs)

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

        epoch u64 | reached u16 | end u16 | in flight u128 | given up u128 (bit i: index end - 1 - i), the last, present
        one followed by unused u128 | state 32 | secret 32 for each unused.
        """
        parts = [self._encode_head()]
        for entry in self._epochs:
            parts.append(
                entry.epoch.to_bytes(8, "big") + entry.reached.to_bytes(2, "big") + entry.end.to_bytes(2, "big")
            )
            parts += [_encode_bits(entry.in_flight, entry.end), _encode_bits(entry.given_up, entry.end)]
            if entry.chain:
                parts += [_encode_bits(entry.chain.kept, entry.end), entry.chain.state]
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
    epoch, reached, end = reader.u64(), reader.u16(), reader.u16()
    if not reached <= end <= min(reached + WINDOW, MAX_INDEX):
        raise ProtocolError("a sending stream has a wrong window")
    in_flight, given_up = _parse_bits(reader, reached, end), _parse_bits(reader, reached, end)
    unused: set[int] = set()
    chain = None
    if live:
        unused = _parse_bits(reader, reached, end)
        state = ChainState(reader.read(SECRET_BYTES))
        chain = EpochChain(state, end, {index: HoleSecret(reader.read(SECRET_BYTES)) for index in sorted(unused)})
    if in_flight & given_up or (in_flight | given_up) & unused:
        raise ProtocolError("an index of a sending stream has two states")
    return _Epoch(epoch, reached, end, chain, in_flight, given_up, {})


def _encode_bits(indices: Iterable[int], end: int) -> bytes:
    return bitmap_below(end, indices).to_bytes(_KEPT_BYTES, "big")


def _parse_bits(reader: Reader, reached: int, end: int) -> set[int]:
    """Read a set of indices from a window below `reached` to `end`. ProtocolError: one outside."""
    bits = int.from_bytes(reader.read(_KEPT_BYTES), "big")
    if bits >> end - max(reached - WINDOW, 0):
        raise ProtocolError("an index lies outside its window")
    return set(indices_below(end, bits))
