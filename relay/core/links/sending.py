"""Links to the other relays: which keys seal a batch, what is under way, when to try again, what was heard already.

Invariant: a batch keeps its sequence number until it is acknowledged; after a failure nothing new goes out before what
failed has gone out again; at most one batch that is not acknowledged carries board pieces, so that they arrive in order
whatever overtakes what; waits depend on failures and on a draw of their own, never on content.
Specification: docs/protocol.md, Links.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from protocol.board.log import EntryKind, parse_entry
from protocol.board.pieces import EntryJoiner
from protocol.community.descriptor import link_key, parse_descriptor
from protocol.errors import ProtocolError
from protocol.routes.frames import (
    BOOT_BYTES,
    DOOR_KEY_DAY,
    Ack,
    AckStatus,
    Batch,
    Frame,
    FrameKind,
    LinkHead,
    link_secret,
    open_ack,
    open_batch,
    parse_head,
    seal_batch,
)
from protocol.seams import RelayId
from protocol.sizes import MAX_BATCH_FRAMES
from relay.core.descriptors import Descriptors
from relay.core.interface import Shipment
from relay.core.mix.pool import next_tick_ms
from relay.core.state import RelayState, Work
from relay.store.records import LinkRow, PacketRow

# 16 frames each: enough for 128 packets a tick and peer, few enough that a slow peer costs little memory.
MAX_FLIGHTS: Final = 8
MAX_BACKOFF_MS: Final = 60_000
AWAY_AFTER: Final = 3
# A row of the store holds signed 64-bit integers.
WINDOW: Final = 62
# Processes of one relay of which we remember batches: more than it runs, few enough for one that names a new one each
# time. What is forgotten costs the work of reading a batch twice.
BOOTS_HEARD: Final = 64


@dataclass(slots=True)
class Flight:
    """One batch: its number, its packets, and what opens its acknowledgement."""

    seq: int
    numbers: list[int]
    head: LinkHead
    link: bytes
    tells_day: int | None
    """Day of the link key in our descriptor, if it carries one."""


@dataclass(slots=True)
class Line:
    """The way to one peer. told_day: newest day whose link key of ours the peer has; doors: use door keys only."""

    flights: dict[int, Flight] = field(default_factory=dict)
    again: list[tuple[int, list[int]]] = field(default_factory=list)
    failed: bool = False
    failures: int = 0
    away_until_ms: int = 0
    told_day: int | None = None
    doors: bool = False


class Peers:
    """All lines of one relay."""

    def __init__(self, state: RelayState, descriptors: Descriptors) -> None:
        self._state = state
        self._descriptors = descriptors
        self._boot = state.entropy(BOOT_BYTES)
        self._seq = 0
        self._lines: dict[RelayId, Line] = {}
        self._links: dict[tuple[bytes, bytes], bytes] = {}
        self.learned = False
        """Whether a peer has acknowledged a newer link key than the store knows of."""

    def under_way(self) -> set[int]:
        """Packets that are in a batch which is not acknowledged yet."""
        lines = self._lines.values()
        flying = {number for line in lines for flight in line.flights.values() for number in flight.numbers}
        return flying | {number for line in lines for _, numbers in line.again for number in numbers}

    def load(self, marks: Mapping[str, int]) -> None:
        """Take over from the store which link key of ours each peer has: it may have acknowledged another process."""
        for peer in self._state.peers:
            line = self._line(peer)
            line.told_day = max(line.told_day or 0, marks.get(f"told {peer}", 0)) or None

    def save(self, work: Work) -> None:
        """Keep the same in the store; in a transaction that runs alone."""
        told = {f"told {peer}": line.told_day for peer, line in self._lines.items() if line.told_day is not None}
        work.tx.set_state(told)
        self.learned = False

    def room(self, peer: RelayId, now_ms: int) -> int:
        """How many frames may leave for `peer` now, beside those that go again."""
        line = self._line(peer)
        if line.flights or now_ms < line.away_until_ms:
            return 0
        return max(0, MAX_FLIGHTS - len(line.again)) * MAX_BATCH_FRAMES

    def rotate(self) -> None:
        """Our keys changed: door keys are no longer needed where they were."""
        for line in self._lines.values():
            line.doors = False
        self._links.clear()

    def next_due_ms(self, peer: RelayId) -> int | None:
        """When something can leave for `peer`; None while nothing waits or something is under way."""
        line = self._line(peer)
        if line.flights:
            return None
        first = 0 if line.again else self._state.pool.first_due(peer)
        return None if first is None else max(first, line.away_until_ms)

    def plan(self, peer: RelayId, now_ms: int) -> list[tuple[int, list[int]]]:
        """Take what leaves for `peer` now: (sequence number, packets) of each batch."""
        line = self._line(peer)
        if line.flights or now_ms < line.away_until_ms:
            return []
        room, pool = self.room(peer, now_ms), self._state.pool
        planned, line.again = line.again, []
        # A page that overtakes another one, or a seal its page, would look like an equivocation to the peer.
        unheard = any(pool.has_pieces(numbers) for _, numbers in planned)
        taken = [] if unheard else pool.take_pieces(peer, now_ms, min(MAX_BATCH_FRAMES, room))
        taken += pool.take(peer, now_ms, room - len(taken))
        for at in range(0, len(taken), MAX_BATCH_FRAMES):
            self._seq += 1
            planned.append((self._seq, taken[at : at + MAX_BATCH_FRAMES]))
        return planned

    def seal(self, peer: RelayId, seq: int, rows: list[PacketRow], now: float) -> Shipment:
        """Seal one planned batch; it is under way from now on."""
        line = self._line(peer)
        head, link = self._keys_for(peer, line, now)
        frames = tuple(Frame(row.kind, row.ref, row.body) for row in rows)
        body = seal_batch(head, link, Batch(self._boot, seq, frames), self._state.entropy)
        line.flights[seq] = Flight(seq, [row.id for row in rows], head, link, self._told_by(rows))
        return Shipment(peer, body, seq)

    def landed(self, shipment: Shipment, ack: bytes | None, now: float) -> list[int]:
        """Note what became of a batch; the packets that the peer has now, which our pool may drop."""
        line = self._line(shipment.peer)
        flight = line.flights.pop(shipment.token, None)
        if flight is None:
            return []
        numbers: list[int] = []
        if self._acknowledged(line, flight, ack):
            numbers = flight.numbers
            if flight.tells_day is not None and not line.doors and flight.tells_day > (line.told_day or 0):
                line.told_day = flight.tells_day
                self.learned = True
        else:
            line.failed = True
            line.again.append((flight.seq, flight.numbers))
            line.again.sort()
        if not line.flights:
            self._settle(line, round(now * 1000))
        return numbers

    def failures(self, peer: RelayId) -> int:
        """Failed rounds in a row."""
        return self._line(peer).failures

    def open(self, data: bytes, now: float) -> tuple[LinkHead, bytes, Batch]:
        """Open a batch that arrived. ProtocolError: not from a relay of the roster to us under keys we know."""
        head = parse_head(data)
        state = self._state
        if head.receiver != state.number or head.sender == state.number:
            raise ProtocolError("a batch is not for this relay")
        door = state.roster.relay(head.sender).door
        ours = state.ring.door if head.receiver_key_day == DOOR_KEY_DAY else state.ring.link(head.receiver_key_day)
        theirs = door
        if head.sender_key_day != DOOR_KEY_DAY:
            theirs = self._descriptors.link_key_of(head.sender, head.sender_key_day) or b""
        if ours is None or not theirs:
            raise ProtocolError("a batch names keys that are not known")
        link = self._link(ours.secret, theirs)
        return head, link, open_batch(data, link)

    def _told_by(self, rows: Sequence[PacketRow]) -> int | None:
        """The day of our link key that these packets tell the peer; whichever process of ours made the descriptor."""
        days = []
        for row in rows:
            whole = EntryJoiner().add(row.body) if row.kind is FrameKind.PIECE else None
            entry = None if whole is None else parse_entry(whole)
            if entry is not None and entry.kind is EntryKind.DESCRIPTOR:
                days.append(parse_descriptor(entry.body, self._state.roster).link_day)
        return max(days, default=None)

    def _keys_for(self, peer: RelayId, line: Line, now: float) -> tuple[LinkHead, bytes]:
        state = self._state
        ours, our_day = state.ring.door, DOOR_KEY_DAY
        theirs, their_day = state.roster.relay(peer).door, DOOR_KEY_DAY
        if not line.doors:
            # A new key of ours serves only once the peer has acknowledged the descriptor that carries it.
            own = None if line.told_day is None else state.ring.link(line.told_day)
            if own is not None and line.told_day is not None:
                ours, our_day = own, line.told_day
            descriptor = self._descriptors.newest(peer)
            live = None if descriptor is None else link_key(descriptor, now)
            if descriptor is not None and live is not None:
                theirs, their_day = live, descriptor.link_day
        return LinkHead(state.number, peer, our_day, their_day), self._link(ours.secret, theirs)

    def _link(self, secret: bytes, public: bytes) -> bytes:
        known = self._links.get((secret, public))
        if known is None:
            known = self._links[secret, public] = link_secret(secret, public)
        return known

    def _acknowledged(self, line: Line, flight: Flight, data: bytes | None) -> bool:
        if data is None:
            return False
        try:
            ack = open_ack(data, flight.head, flight.link)
        except ProtocolError:
            # The peer could not open it, or was not the peer: keys it may not have are not tried again today.
            line.doors = True
            return False
        return ack == Ack(self._boot, flight.seq, AckStatus.STORED)

    def _settle(self, line: Line, now_ms: int) -> None:
        if not line.failed:
            line.failures = 0
            return
        line.failed = False
        line.failures += 1
        tick_ms = self._state.constants.link_tick_ms
        wait_ms = min(MAX_BACKOFF_MS, tick_ms << min(line.failures - 1, 16))
        line.away_until_ms = next_tick_ms(now_ms + int(wait_ms * self._state.fair.fraction()), tick_ms)

    def _line(self, peer: RelayId) -> Line:
        return self._lines.setdefault(peer, Line())


def hear(row: LinkRow | None, peer: RelayId, boot: bytes, seq: int, day: int) -> LinkRow | None:
    """The row of this peer's process after a batch with this number came on a UTC day; None if it was heard before.

    A number below the window counts as new: frames are recognised by their replay tags and references anyway.
    """
    if row is None:
        return LinkRow(peer, boot, seq, 1, day)
    mask = (1 << WINDOW) - 1
    day = max(row.day, day)
    if seq > row.seq:
        return LinkRow(peer, boot, seq, (row.seen << min(seq - row.seq, WINDOW) | 1) & mask, day)
    age = row.seq - seq
    if age >= WINDOW:
        return row
    return None if row.seen >> age & 1 else LinkRow(peer, boot, row.seq, row.seen | 1 << age, day)
