"""The reading end of a stream: the pigeonholes to look out for, and what to acknowledge.

Invariant: in every epoch that retention covers, and one ahead, exactly the indices [floor, end + WINDOW) that have not
been received are watched; a received one is erased at once. `end` is one more than the highest that was received: so
what is lost never keeps the reader from what comes after. The floor is what has been received without a gap, or the
sender's own floor if that is higher, and at least end - WINDOW.

Spec: docs/protocol.md, Streams.
Decisions 6, 123.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader
from protocol.seams import RelayId
from protocol.streams.acks import (
    MAX_ACK_EPOCHS,
    MAX_INDEX,
    WINDOW,
    Acks,
    EpochAcks,
    Floors,
    bitmap_below,
    check_floors,
    indices_below,
)
from protocol.streams.epoch_chain import EpochChain
from protocol.streams.pigeonhole import (
    RESERVED,
    SECRET_BYTES,
    ChainRoot,
    ChainState,
    Hole,
    HoleSecret,
    Take,
    cell_key_of,
    chain_start,
    generation_of,
    hole_of,
    is_reserved,
    reserved,
    reserved_secret,
    store_of,
    take_of,
)
from protocol.streams.stream import DEFAULT_RETAINED, Stream


@dataclass(frozen=True, slots=True)
class Watched:
    """A pigeonhole that may be filled. `store` follows our roster; a sender with another one may have used another."""

    epoch: int
    index: int
    take: Take = field(repr=False)
    hole: Hole
    store: RelayId


@dataclass(slots=True)
class _Epoch:
    """One epoch. `received` holds indices of the `WINDOW` below `end`."""

    epoch: int
    floor: int
    received: set[int]
    chain: EpochChain
    watched: dict[int, Watched]

    def forget_stores(self) -> None:
        """Drop the pigeonholes worked out, whose store may be another one now."""
        self.watched.clear()

    @property
    def end(self) -> int:
        """One more than the highest index that was received, or that the sender's floor has passed."""
        return self.chain.next

    def window(self) -> range:
        """Return the indices from the floor on that are looked at."""
        return range(self.floor, min(self.end + WINDOW, MAX_INDEX))

    def move(self, floor: int) -> None:
        """Raise the floor to at least `floor`, to what lies a window back, and past all received without a gap."""
        self.chain.drop_below(floor)
        floor = max(floor, self.end - WINDOW)
        while floor in self.received:
            floor += 1
        self.floor = floor
        self.received = {index for index in self.received if index >= self.end - WINDOW}
        self.chain.drop_below(floor)
        self.watched = {index: hole for index, hole in self.watched.items() if self.chain.find_secret(index)}


class ReceiveStream(Stream[_Epoch]):
    """Reading end of one direction."""

    __slots__ = ("_holes",)
    AHEAD: ClassVar = 1
    """A sender whose clock is fast may already be in the next epoch."""

    def __init__(
        self,
        epochs: list[_Epoch],
        following: ChainRoot,
        relays: tuple[RelayId, ...],
        retained: int,
        reserve: bytes,
        spent: set[int],
    ) -> None:
        super().__init__(epochs, following, relays, retained, reserve, spent)
        self._holes: dict[int, Watched] = {}
        """Reserved pigeonholes, worked out when first asked for and never stored."""

    @staticmethod
    def _open_epoch(epoch: int, root: ChainRoot) -> _Epoch:
        return _Epoch(epoch, 0, set(), EpochChain(chain_start(root), 0, {}), {})

    @staticmethod
    def _first_opened(oldest: int, newest: int) -> int:
        """In an epoch that passed unseen something may lie; those before `oldest` are already over."""
        return oldest

    def roll(self, now_epoch: int, relays: Iterable[RelayId], retained: int = DEFAULT_RETAINED) -> None:
        """Move to the epoch of the clock (never back) and the relays of the roster; erase what retention has passed."""
        self._move(now_epoch, relays, retained)

    def watch(self) -> list[Watched]:
        """Return every pigeonhole to look out for, oldest epoch and lowest index first. Cheap when repeated."""
        return [
            self._watched(entry, index, secret)
            for entry in self._epochs
            for index in entry.window()
            if (secret := entry.chain.find_secret(index)) is not None
        ]

    def watch_reserved(self) -> list[Watched]:
        """Return the reserved pigeonholes to look out for. Cheap when repeated."""
        return [self._watched_reserved(index) for index in range(RESERVED) if index not in self._spent]

    def key_of(self, epoch: int, index: int) -> bytes | None:
        """Return the 32-byte key of the cell at a watched index, None if it is not watched."""
        if self._reserves(epoch, index):
            return cell_key_of(reserved_secret(self._reserve, index))
        entry = self._find(epoch, index)
        secret = entry.chain.find_secret(index) if entry else None
        return cell_key_of(secret) if secret else None

    def receive(self, epoch: int, index: int) -> bool:
        """Record a cell as received and erase its keys. False: it was not watched, and nothing has changed."""
        if self._reserves(epoch, index):
            self._spent.add(index)
            return True
        entry = self._find(epoch, index)
        if entry is None or entry.chain.find_secret(index) is None:
            return False
        entry.chain.spend(index)
        entry.received.add(index)
        entry.watched.pop(index, None)
        entry.move(entry.floor)
        return True

    def set_floors(self, floors: Floors) -> None:
        """Take in the sender's floors. ProtocolError: out of range, or past every index it could have used.

        Nothing has changed then. Floors of epochs not watched, and lower ones than known, are passed over.
        """
        check_floors(floors)
        ours = {entry.epoch: entry for entry in self._epochs}
        raised = [(ours[epoch], floor) for epoch, floor in floors if epoch in ours and floor > ours[epoch].floor]
        if any(floor > entry.end + WINDOW for entry, floor in raised):
            raise ProtocolError("a floor is past the window")
        for entry, floor in raised:
            entry.move(floor)

    def acks(self) -> Acks:
        """Return what every cell of our own carries: the newest four epochs in which anything was received."""
        entries = [
            EpochAcks(entry.epoch, entry.end, bitmap_below(entry.end, entry.received))
            for entry in self._epochs
            if entry.end
        ]
        return Acks(tuple(entries[-MAX_ACK_EPOCHS:]))

    def _reserves(self, epoch: int, index: int) -> bool:
        """Whether this is a reserved pigeonhole of ours that is still watched."""
        return is_reserved(epoch) and 0 <= index < RESERVED and index not in self._spent

    def _watched_reserved(self, index: int) -> Watched:
        known = self._holes.get(index)
        if known is None:
            take = take_of(reserved_secret(self._reserve, index))
            number = reserved(generation_of(self.epoch))
            # Which relay it lies at is told by the page that lists it.
            known = self._holes[index] = Watched(number, index, take, hole_of(take), self._relays[0])
        return known

    def _find(self, epoch: int, index: int) -> _Epoch | None:
        for entry in self._epochs:
            if entry.epoch == epoch and index in entry.window():
                return entry
        return None

    def _watched(self, entry: _Epoch, index: int, secret: HoleSecret) -> Watched:
        known = entry.watched.get(index)
        if known is None:
            take = take_of(secret)
            known = Watched(entry.epoch, index, take, hole_of(take), store_of(secret, self._relays))
            entry.watched[index] = known
        return known

    def encode(self) -> bytes:
        """Return the head (`Stream._encode_head`) and the epochs, each:

        epoch u64 | floor u16 | end u16 | received u64 (bit i: index end - 1 - i) | state 32, of index `end` | secret 32
        for each index of [floor, end) not received.
        """
        parts = [self._encode_head()]
        for entry in self._epochs:
            chain = entry.chain
            parts.append(
                entry.epoch.to_bytes(8, "big") + entry.floor.to_bytes(2, "big") + chain.next.to_bytes(2, "big")
            )
            parts += [bitmap_below(entry.end, entry.received).to_bytes(8, "big"), chain.state]
            parts += [chain.kept[index] for index in sorted(chain.kept)]
        return b"".join(parts)

    @classmethod
    def _parse_epochs(cls, reader: Reader, count: int, retained: int) -> list[_Epoch]:
        epochs = [_parse_epoch(reader) for _ in range(count)]
        if [entry.epoch for entry in epochs] != list(range(epochs[0].epoch, epochs[0].epoch + count)):
            raise ProtocolError("a reading stream has wrong epochs")
        return epochs


def _parse_epoch(reader: Reader) -> _Epoch:
    epoch, floor, end = reader.u64(), reader.u16(), reader.u16()
    if not floor <= end <= min(floor + WINDOW, MAX_INDEX):
        raise ProtocolError("a reading stream has a wrong window")
    bits = reader.u64()
    if bits >> min(WINDOW, end):
        raise ProtocolError("an index lies outside its window")
    received = set(indices_below(end, bits))
    if floor in received or (end > floor and end - 1 not in received):
        raise ProtocolError("a reading stream is not canonical")
    state = ChainState(reader.read(SECRET_BYTES))
    missing = [index for index in range(floor, end) if index not in received]
    chain = EpochChain(state, end, {index: HoleSecret(reader.read(SECRET_BYTES)) for index in missing})
    return _Epoch(epoch, floor, received, chain, {})
