"""Links to the other relays: which keys seal a batch, what is under way, when to try again, what was heard already.

Invariant: a batch keeps its sequence number until it is acknowledged; after a failure nothing new goes out before what
failed has gone out again; at most one batch that is not acknowledged carries board pieces, so that they arrive in order
whatever overtakes what; waits depend on failures and on a draw of their own, never on content.
Spec: docs/protocol.md, Links.
Decisions 26, 72.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from protocol.board.log import EntryKind, parse_entry
from protocol.board.pieces import EntryJoiner
from protocol.community.descriptor import door_key, link_key, parse_descriptor
from protocol.errors import ProtocolError
from protocol.primitives.kem import encapsulate
from protocol.primitives.waits import NO_WAIT, Wait
from protocol.routes.frames import (
    DOOR_KEY_DAY,
    PROCESS_BYTES,
    Ack,
    AckStatus,
    Batch,
    Frame,
    FrameKind,
    LinkHead,
    encode_frame,
    link_secret,
    open_ack,
    open_batch,
    parse_head,
    seal_batch,
)
from protocol.seams import RelayId
from protocol.sizes import MAX_BATCH_FRAMES
from relay.core.descriptors import Descriptors
from relay.core.interface import SealedBatch
from relay.core.mix.pool import next_tick_ms
from relay.core.state import RelayState, Work
from relay.store.records import LinkRow, PacketRow

# 16 frames each: enough for 128 packets a tick and peer, few enough that a slow peer costs little memory.
MAX_IN_FLIGHT: Final = 8
MAX_BACKOFF_MS: Final = 60_000
AWAY_AFTER: Final = 3
# A row of the store holds signed 64-bit integers.
WINDOW: Final = 62
# Processes of one relay of which we remember batches: more than it runs, few enough for one that names a new one each
# time. What is forgotten costs the work of reading a batch twice.
PROCESSES_HEARD: Final = 64


@dataclass(slots=True)
class BatchInFlight:
    """One batch: its number, its packets, and the key that opens its acknowledgement."""

    seq: int
    numbers: list[int]
    ack_key: bytes
    announces_day: int | None
    """Day of the link key in our descriptor, if it carries one."""


@dataclass(slots=True)
class LinkState:
    """The way to one peer. announced_day: newest day whose link key of ours the peer has; doors: use door keys only."""

    in_flight: dict[int, BatchInFlight] = field(default_factory=dict)
    again: list[tuple[int, list[int]]] = field(default_factory=list)
    failed: bool = False
    failures: int = 0
    away: Wait = NO_WAIT
    """In milliseconds."""
    announced_day: int | None = None
    doors: bool = False


class Peers:
    """The links to all peers of one relay."""

    def __init__(self, state: RelayState, descriptors: Descriptors) -> None:
        self._state = state
        self._descriptors = descriptors
        self._process = state.entropy(PROCESS_BYTES)
        self._seq = 0
        self._link_states: dict[RelayId, LinkState] = {}
        self._links: dict[tuple[bytes, bytes], bytes] = {}
        self.learned = False
        """Whether a peer has acknowledged a newer link key than the store knows of."""

    def under_way(self) -> set[int]:
        """Packets that are in a batch which is not acknowledged yet."""
        numbers: set[int] = set()
        for link_state in self._link_states.values():
            for flying in link_state.in_flight.values():
                numbers.update(flying.numbers)
            for _, failed in link_state.again:
                numbers.update(failed)
        return numbers

    def load(self, marks: Mapping[str, int]) -> None:
        """Take over from the store which link key of ours each peer has: it may have acknowledged another process."""
        for peer in self._state.peers:
            link_state = self._link_state(peer)
            link_state.announced_day = max(link_state.announced_day or 0, marks.get(_mark(peer), 0)) or None

    def save(self, work: Work) -> None:
        """Keep the same in the store; in a transaction that runs alone."""
        days = ((peer, link_state.announced_day) for peer, link_state in self._link_states.items())
        work.tx.set_state({_mark(peer): day for peer, day in days if day is not None})
        self.learned = False

    def room(self, peer: RelayId, now_ms: int) -> int:
        """How many frames may leave for `peer` now, beside those that go again."""
        link_state = self._link_state(peer)
        if link_state.in_flight or not link_state.away.is_over(now_ms):
            return 0
        return max(0, MAX_IN_FLIGHT - len(link_state.again)) * MAX_BATCH_FRAMES

    def rotate(self) -> None:
        """Our keys changed: door keys are no longer needed where they were."""
        for link_state in self._link_states.values():
            link_state.doors = False
        self._links.clear()

    def next_due_ms(self, peer: RelayId, now_ms: int) -> float | None:
        """When something can leave for `peer`, seen at `now_ms`; None: nothing waits, or something is under way."""
        link_state = self._link_state(peer)
        if link_state.in_flight:
            return None
        first = 0 if link_state.again else self._state.pool.first_due(peer, pieces_alone=not self._knows_kem(peer))
        return None if first is None else max(first, link_state.away.end(now_ms))

    def plan(self, peer: RelayId, now_ms: int) -> list[tuple[int, list[int]]]:
        """Take what leaves for `peer` now: (sequence number, packets) of each batch."""
        link_state = self._link_state(peer)
        if link_state.in_flight or not link_state.away.is_over(now_ms):
            return []
        room, pool = self.room(peer, now_ms), self._state.pool
        planned, link_state.again = link_state.again, []
        # A page that overtakes another one, or a seal its page, would look like an equivocation to the peer.
        unheard = any(pool.has_pieces(numbers) for _, numbers in planned)
        claimed = [] if unheard else pool.claim_pieces(peer, now_ms, min(MAX_BATCH_FRAMES, room))
        if self._knows_kem(peer):
            claimed += pool.claim(peer, now_ms, room - len(claimed))
        for at in range(0, len(claimed), MAX_BATCH_FRAMES):
            self._seq += 1
            planned.append((self._seq, claimed[at : at + MAX_BATCH_FRAMES]))
        return planned

    def seal(
        self, peer: RelayId, seq: int, rows: Sequence[PacketRow], now: float
    ) -> tuple[SealedBatch | None, list[int]]:
        """Seal one planned batch, under way from now on; and the ids of rows that cannot be sealed, left out of it.

        Never raises. Where there is no key that anything can be sealed to, the peer is tried again later.
        """
        frames: dict[int, Frame] = {}
        days: list[int] = []
        for row in rows:
            with suppress(Exception):
                frame = Frame(row.kind, row.ref, row.body)
                encode_frame(frame)
                days += self._announced_by(row)
                frames[row.id] = frame
        culprits = [row.id for row in rows if row.id not in frames]
        if not frames:
            return None, culprits
        link_state = self._link_state(peer)
        try:
            head, link, kem = self._keys_for(peer, link_state, now)
            batch = Batch(self._process, seq, tuple(frames.values()))
            body, ack_key = seal_batch(head, link, encapsulate(kem), batch, self._state.entropy)
        except Exception:
            self._fail(link_state, seq, [*frames])
            if not link_state.in_flight:
                self._settle(link_state, round(now * 1000))
            return None, culprits
        link_state.in_flight[seq] = BatchInFlight(seq, [*frames], ack_key, max(days, default=None))
        return SealedBatch(peer, body, seq), culprits

    def landed(self, batch: SealedBatch, ack: bytes | None, now: float) -> list[int]:
        """Note what became of a batch; the packets that the peer has now, which our pool may drop."""
        link_state = self._link_state(batch.peer)
        flying = link_state.in_flight.pop(batch.token, None)
        if flying is None:
            return []
        numbers: list[int] = []
        if self._acknowledged(link_state, flying, ack):
            numbers = flying.numbers
            day = flying.announces_day
            if day is not None and not link_state.doors and day > (link_state.announced_day or 0):
                link_state.announced_day = day
                self.learned = True
        else:
            self._fail(link_state, flying.seq, flying.numbers)
        if not link_state.in_flight:
            self._settle(link_state, round(now * 1000))
        return numbers

    def failures(self, peer: RelayId) -> int:
        """Failed rounds in a row."""
        return self._link_state(peer).failures

    def open(self, data: bytes, now: float) -> tuple[RelayId, bytes, Batch]:
        """Open a batch that arrived: its sender, the key of its acknowledgement, and what it holds. ProtocolError: not
        from a relay of the roster to us under keys we know."""
        head = parse_head(data)
        state = self._state
        if head.receiver != state.number or head.sender == state.number:
            raise ProtocolError("a batch is not for this relay")
        door = state.roster.relay(head.sender).door
        ours = state.ring.link(head.receiver_key_day)
        theirs = door
        if head.sender_key_day != DOOR_KEY_DAY:
            theirs = self._descriptors.link_key_of(head.sender, head.sender_key_day) or b""
        if ours is None or not theirs:
            raise ProtocolError("a batch names keys that are not known")
        link = self._link(ours.secret, theirs)
        for kem in state.ring.link_kems(head.receiver_key_day):
            with suppress(ProtocolError):
                batch, ack_key = open_batch(data, link, kem)
                return head.sender, ack_key, batch
        raise ProtocolError("a batch opens with no key")

    def _announced_by(self, row: PacketRow) -> list[int]:
        """The day of our link key that this packet tells the peer; whichever process of ours made the descriptor."""
        whole = EntryJoiner().add(row.body) if row.kind is FrameKind.PIECE else None
        entry = None if whole is None else parse_entry(whole)
        if entry is None or entry.kind is not EntryKind.DESCRIPTOR:
            return []
        return [parse_descriptor(entry.body, self._state.roster).day]

    def _keys_for(self, peer: RelayId, link_state: LinkState, now: float) -> tuple[LinkHead, bytes, bytes]:
        """The head of a batch that leaves now, the secret of its X25519 keys, and the ML-KEM key of the peer."""
        state = self._state
        ours, our_day = state.ring.door.curve, DOOR_KEY_DAY
        theirs, their_day = door_key(state.roster.relay(peer), self._descriptors.of(peer)), DOOR_KEY_DAY
        if not link_state.doors:
            # A new key of ours serves only once the peer has acknowledged the descriptor that carries it.
            own = None if link_state.announced_day is None else state.ring.link(link_state.announced_day)
            if own is not None and link_state.announced_day is not None:
                ours, our_day = own, link_state.announced_day
            live = self._descriptors.live_link(peer, now)
            keys = None if live is None else link_key(live, now)
            if live is not None and keys is not None:
                theirs, their_day = keys, live.day
        return LinkHead(state.number, peer, our_day, their_day), self._link(ours.secret, theirs.curve), theirs.kem

    def _knows_kem(self, peer: RelayId) -> bool:
        """Whether an ML-KEM key of `peer` is known. Until then only board pieces go there, which everybody reads."""
        return bool(self._descriptors.of(peer))

    def _link(self, secret: bytes, public: bytes) -> bytes:
        known = self._links.get((secret, public))
        if known is None:
            known = self._links[secret, public] = link_secret(secret, public)
        return known

    def _acknowledged(self, link_state: LinkState, flying: BatchInFlight, data: bytes | None) -> bool:
        if data is None:
            return False
        try:
            ack = open_ack(data, flying.ack_key)
        except ProtocolError:
            # The peer could not open it, or was not the peer: keys it may not have are not tried again today.
            link_state.doors = True
            return False
        return ack == Ack(self._process, flying.seq, AckStatus.STORED)

    def _fail(self, link_state: LinkState, seq: int, numbers: list[int]) -> None:
        link_state.failed = True
        link_state.again.append((seq, numbers))
        link_state.again.sort()

    def _settle(self, link_state: LinkState, now_ms: int) -> None:
        if not link_state.failed:
            link_state.failures = 0
            return
        link_state.failed = False
        link_state.failures += 1
        tick_ms = self._state.constants.link_tick_ms
        wait_ms = min(MAX_BACKOFF_MS, tick_ms << min(link_state.failures - 1, 16))
        until_ms = next_tick_ms(now_ms + int(wait_ms * self._state.fair.fraction()), tick_ms)
        link_state.away = Wait(now_ms, until_ms - now_ms)

    def _link_state(self, peer: RelayId) -> LinkState:
        return self._link_states.setdefault(peer, LinkState())


def _mark(peer: RelayId) -> str:
    """The mark of the store that keeps `announced_day` of a peer."""
    return f"told {peer}"


def receive(row: LinkRow | None, peer: RelayId, process: bytes, seq: int, day: int) -> LinkRow | None:
    """The row of this peer's process after a batch with this number came on a UTC day; None if it was heard before.

    A number below the window counts as new: frames are recognised by their replay tags and references anyway.
    """
    if row is None:
        return LinkRow(peer, process, seq, 1, day)
    mask = (1 << WINDOW) - 1
    day = max(row.day, day)
    if seq > row.seq:
        return LinkRow(peer, process, seq, (row.seen << min(seq - row.seq, WINDOW) | 1) & mask, day)
    age = row.seq - seq
    if age >= WINDOW:
        return row
    return None if row.seen >> age & 1 else LinkRow(peer, process, row.seq, row.seen | 1 << age, day)
