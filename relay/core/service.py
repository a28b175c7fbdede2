"""The core of a relay: owns every transaction and composes what happens inside them.

Invariant: acknowledged means durable. An answer or acknowledgement is made after the transaction that it speaks of has
been committed and synced, and a packet leaves the pool when the next relay has said the same. The core starts no task,
reads no clock and draws only from the entropy it was given: the same object runs under the web shell and in a
simulation. Spec: docs/protocol.md, Relay.
Decisions 25, 87.
"""

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from protocol.board.log import Entry, EntryKind
from protocol.community.constants import Constants
from protocol.community.descriptor import Descriptor
from protocol.community.roster import Roster, parse_roster
from protocol.errors import ProtocolError
from protocol.primitives.hybrid_box import HybridKey
from protocol.primitives.sampling import EXPONENTIAL_CAP
from protocol.routes.frames import Ack, AckStatus, Batch, Frame, FrameKind, seal_ack
from protocol.seams import Entropy, RelayId
from protocol.sizes import LINK_ACK_BYTES
from relay.core.announce import Announcer
from relay.core.board.board import Board
from relay.core.board.publisher import Publisher
from relay.core.clock import LOOK_S, SignedClock, check_validity
from relay.core.descriptors import Descriptors
from relay.core.guard.admission import choose_access
from relay.core.guard.exchanges import ExchangeServer
from relay.core.halving import find_culprits
from relay.core.interface import Count, Question, SealedBatch
from relay.core.links.gossip import Gossip
from relay.core.links.membership import OFF_ROSTER, ask, find_rosters
from relay.core.links.receiving import LinkReceiver, pieces_of
from relay.core.links.sending import AWAY_AFTER, Peers
from relay.core.mix.caps import FairDraw
from relay.core.mix.keys import KeyRing
from relay.core.mix.pool import MixPool, next_tick_ms
from relay.core.retention import Retention
from relay.core.routing import OpenedPacket, Origin, ReplyFrame, Router, is_late_fetch, peel_packet
from relay.core.shared_pool import Sharing
from relay.core.start import adopt_files
from relay.core.state import RelayState, Work, own_stream
from relay.errors import StoreAway, StoreFailed
from relay.events import Event, Events
from relay.secrets import AccessKeys, RelayKeys
from relay.store.interface import Store
from relay.store.records import PacketRow


@dataclass(frozen=True, slots=True)
class _Plan:
    """What leaves for other relays: peer, sequence number and packets of each batch; the packets that are there."""

    batches: list[tuple[RelayId, int, list[int]]]
    rows: dict[int, PacketRow]


class RelayService:
    """One relay. Its methods may be called concurrently; transactions take turns in the store."""

    def __init__(self, store: Store, state: RelayState, board: Board) -> None:
        """Not for callers: use `open`."""
        self._store = store
        self._state = state
        self._router = Router(state)
        self._descriptors = Descriptors(state)
        self._announcer = Announcer(state)
        self._publisher = Publisher(state, board, self._descriptors, self._announcer)
        self._clock = SignedClock(state, self._descriptors, self._publisher)
        self._gossip = Gossip(state, self._publisher, self._descriptors)
        self._peers = Peers(state, self._descriptors)
        self._link_receiver = LinkReceiver(state, self._publisher, self._gossip, self._router)
        self._exchange_server = ExchangeServer(state, self._publisher, self._router)
        self._retention = Retention(state, self._publisher)
        self._sharing = Sharing(state, self._peers, self._router)
        self._stale = False
        self._changes = 0
        self._erased = True
        """Whether the store's files may still hold what was erased; perhaps before this start."""

    @classmethod
    async def open(
        cls,
        store: Store,
        keyfiles: RelayKeys,
        roster_bytes: bytes,
        access: AccessKeys,
        entropy: Entropy,
        now: float,
        events: Events,
        *,
        clock_is_right: bool = False,
    ) -> "RelayService":
        """Open a relay on its store; it is ready when this returns.

        `roster_bytes` comes from the operator; a later roster that the board brought is preferred, and one that no
        relay may have told of yet is published. RosterProblem: the roster or the access secrets do not fit, or the
        roster does not name this relay with these keys, or is over. ClockProblem: `now` is before it. ClockLeapt: `now`
        is weeks past everything signed, and nobody says that the `clock_is_right`. Nothing is changed by any of them.
        """
        async with store.transaction(alone=True) as tx:
            adopted = await adopt_files(tx, keyfiles, roster_bytes, access)
            constants = adopted.roster.constants
            tx.clamp_packets(_last_due_ms(now, constants))
            state = RelayState(
                keyfiles,
                adopted.roster,
                adopted.roster_bytes,
                adopted.access,
                KeyRing(await tx.keys(), HybridKey.of(keyfiles.door_secret)),
                MixPool(),
                entropy,
                own_stream(entropy),
                FairDraw(own_stream(entropy)),
                own_stream(entropy),
                events,
            )
            service = cls(store, state, await Board.load(tx))
            work = Work(tx, now, constants.link_tick_ms)
            await service._sharing.load(work)
            await service._load(work)
            if not clock_is_right:
                service._clock.check_start(now)
                work.now = service._clock.present(now)
            check_validity(adopted.roster, now)
            if clock_is_right:
                await service._publisher.take_back(work)
            await service._publisher.run(work)
            await service._publisher.announce(work)
            if adopted.news:
                await service._publisher.publish_roster(work, Entry(EntryKind.ROSTER, adopted.roster_bytes))
            service._changes = await tx.add_change()
        return service

    @property
    def roster(self) -> Roster:
        """The roster in force."""
        return self._state.roster

    @property
    def peers(self) -> tuple[RelayId, ...]:
        """The other relays of the roster, ascending."""
        return self._state.peers

    @property
    def unheard(self) -> bool:
        """Whether more than half of the others do not acknowledge what we ship."""
        failing = [peer for peer in self._state.peers if self._peers.failures(peer)]
        return 2 * len(failing) > len(self._state.peers)

    @property
    def is_off_roster(self) -> bool:
        """Whether the community has taken us off its roster."""
        return self._state.is_off_roster

    def ask(self, peer: RelayId) -> Question:
        """An exchange that asks another relay for what it has on its board."""
        state = self._state
        return ask(state.roster, peer, state.access.current, state.entropy)

    async def take_answer(self, question: Question, answer: bytes, now: float) -> None:
        """Follow the rosters that the answer to a question shows. Never raises for what it holds."""
        for body in find_rosters(question, answer, self._state.roster):
            with suppress(ProtocolError):
                async with self._begin(now, alone=True) as work:
                    await self._gossip.adopt(work, Entry(EntryKind.ROSTER, body))

    @property
    def descriptor(self) -> Descriptor | None:
        """Our newest descriptor, as peers and clients read it."""
        return self._descriptors.newest(self._state.number)

    @property
    def answer_s(self) -> float:
        """The answer deadline grid in seconds."""
        return self._state.constants.answer_ms / 1000

    @property
    def counts(self) -> Mapping[Count, int]:
        """Running totals since start."""
        return self._state.counts

    @property
    def waiting(self) -> int:
        """Packets, replies and board pieces in the pool."""
        return len(self._state.pool)

    async def exchanges(self, bodies: Sequence[bytes], now: float) -> list[bytes]:
        """Serve a group of bodies (one or eight requests each) in one transaction; the answers in the same order.

        An answer is one response for every request, each of the size of its profile; random bytes of the usual size
        for what cannot be opened. Never raises for what a client sent; StoreFailed: nothing was accepted.
        """
        ring, present = self._state.ring, self._clock.present(now)
        group = self._exchange_server.read(bodies, present)
        async with self._begin(now) as work:
            if self._state.ring is not ring:
                group = self._exchange_server.read(bodies, present)  # another process has made new keys
            await self._exchange_server.serve(work, group)
        return self._exchange_server.answers(group)

    async def link(self, body: bytes, now: float) -> bytes:
        """Take one batch of another relay; the 128-byte acknowledgement, sent after the commit.

        128 random bytes for whatever is not a batch of a relay of the roster to this one. StoreFailed: as above.
        """
        state = self._state
        try:
            sender, ack_key, batch = await self._open(body, now)
        except ProtocolError:
            state.counts[Count.BATCHES_REFUSED] += 1
            return state.entropy(LINK_ACK_BYTES)
        told: set[AckStatus] = set()

        async def take(frames: Sequence[Frame]) -> None:
            told.add(await self._take(sender, batch, frames, now))

        culprits = await find_culprits(batch.frames, take)
        status = AckStatus.BUSY if AckStatus.BUSY in told else AckStatus.STORED
        if culprits:
            state.counts[Count.POISONED] += len(culprits)
            # That this succeeds tells frames that are at fault from a relay that is; they would come again for ever.
            async with self._begin(now) as work:
                if status is AckStatus.STORED:
                    await self._link_receiver.remember(work, sender, batch)
        state.counts[Count.BATCHES_HEARD] += 1
        return seal_ack(ack_key, Ack(batch.process, batch.seq, status), state.entropy)

    async def _take(self, sender: RelayId, batch: Batch, frames: Sequence[Frame], now: float) -> AckStatus:
        """Take all frames of a batch, or some of them, in one transaction."""
        ring, opened = self._state.ring, self._link_receiver.read(frames)
        # Pieces become board and keys, which every process keeps in memory.
        async with self._begin(now, alone=bool(pieces_of(frames))) as work:
            if self._state.ring is not ring:
                opened = self._link_receiver.read(frames)
            whole = len(frames) == len(batch.frames)
            return await self._link_receiver.accept(work, sender, batch, opened, whole=whole)

    async def _open(self, body: bytes, now: float) -> tuple[RelayId, bytes, Batch]:
        """Open a batch. ProtocolError: not from a relay of the roster to us under keys we know."""
        try:
            return self._peers.open(body, now)
        except ProtocolError:
            if not self._sharing.is_shared:
                raise
            async with self._begin(now):
                pass  # beginning reads what other processes have heard of the sender's keys since
            return self._peers.open(body, now)

    def next_due(self, now: float) -> float:
        """Unix seconds at which `run_due` next has something to do (maybe not after `now`)."""
        if self._clock.leapt(now):
            return now + LOOK_S
        if self._clock.went_back(now):
            return now
        state, now_ms = self._state, round(now * 1000)
        links = (self._peers.next_due_ms(peer, now_ms) for peer in state.peers)
        moments = [state.pool.first_due(state.number), self._sharing.next_due_ms(now_ms), *links]
        first = min((moment / 1000 for moment in moments if moment is not None), default=math.inf)
        return min(first, self._publisher.next_due(now))

    async def run_due(self, now: float) -> list[SealedBatch]:
        """Do what is due at `now`; the batches to be posted, to each peer in order of their numbers.

        Cuts pages, repeats the key block, rotates keys, peels packets for ourselves, and seals what is due for other
        relays. A peer gets nothing new while something to it is under way or it is away. Does nothing of all this by a
        clock that is past everything signed (`relay.core.clock`).
        """
        if self._clock.leapt(now):
            return []
        if self._clock.went_back(now):
            await self._go_on(now)
        try:
            plan = await self._work(now)
        except StoreFailed:
            raise
        except Exception:
            if not await self._weed(now):
                raise
            plan = await self._work(now)
        return self._seal(plan, now)

    async def _work(self, now: float) -> _Plan:
        """The transaction of `run_due`: what is to leave."""
        state = self._state
        ring = state.ring
        async with self._begin(now, alone=self._publisher.is_due(now) or self._peers.learned) as work:
            if work.alone:
                await self._by_the_clock(work)
            if state.ring is not ring:
                self._peers.rotate()
            await self._sharing.claim(work)
            await self._deliver(work, self._due_for_self(work))
            plan = await self._plan(work)
        self._erased = self._erased or state.ring is not ring
        return plan

    async def _weed(self, now: float) -> int:
        """Deliver what is due for ourselves without what cannot be, which is dropped; how many that were."""
        async with self._begin(now) as work:
            await self._sharing.claim(work)
            numbers = self._due_for_self(work)

        async def deliver(part: Sequence[int]) -> None:
            async with self._begin(now) as work:
                await self._deliver(work, part)

        culprits = [number for number, _ in await find_culprits(numbers, deliver)]
        async with self._begin(now) as work:
            work.tx.erase_packets(culprits)
        self._state.pool.drop(culprits)
        self._state.counts[Count.POISONED] += len(culprits)
        return len(culprits)

    def next_tidying(self, now: float) -> float:
        """Unix seconds at which `tidy` next has something to do (maybe not after `now`)."""
        if self._clock.leapt(now):
            return now + LOOK_S
        return now if self._erased else self._retention.next_due(now)

    async def tidy(self, now: float) -> bool:
        """Erase what has expired, in transactions of its own, and leave nothing of what was erased in the files.

        Nothing else waits for it, however long the store takes. Erases nothing by a clock that is past everything
        signed. False: somebody reads the files; to be called again.
        """
        if self._clock.leapt(now):
            return True
        if await self._retention.run(lambda now: self._begin(now, alone=True), now):
            self._erased = True
        if self._erased:
            emptied, self._erased = False, False  # what is erased meanwhile asks for another one
            try:
                emptied = await self._store.checkpoint()
            finally:
                self._erased = self._erased or not emptied
        return not self._erased

    async def shipped(self, batch: SealedBatch, ack: bytes | None, now: float) -> None:
        """Tell what became of a batch: the 128 bytes the peer answered, or None.

        A valid acknowledgement drops its packets from the pool (the store erases them with the next transaction;
        until then a crash would only send them again). Anything else keeps them, and the peer is tried again later.
        """
        state = self._state
        before = self._peers.failures(batch.peer)
        landed = self._peers.landed(batch, ack, self._clock.present(now))
        state.pool.drop(landed)
        state.forwarded.extend(landed)
        state.counts[Count.BATCHES_SHIPPED if landed else Count.BATCHES_FAILED] += 1
        after = self._peers.failures(batch.peer)
        if after == AWAY_AFTER and before < AWAY_AFTER:
            state.events.emit(Event.PEER_UNREACHABLE, peer=batch.peer, reason="no_acknowledgement")
        if after == 0 and before >= AWAY_AFTER:
            state.events.emit(Event.PEER_BACK, peer=batch.peer)

    async def close(self) -> None:
        """Erase what was handed on and close the store, whether it can still be written or not; what waits stays."""
        try:
            if self._state.forwarded or self._sharing.is_shared:
                with suppress(StoreAway):  # what we held is free without us, and known to those that have it already
                    async with self._store.transaction() as tx:
                        tx.erase_packets(self._state.forwarded)
                        if tx.claims is not None:
                            tx.claims.let_go()
        finally:
            await self._store.close()

    async def _go_on(self, now: float) -> None:
        """After the clock was set back: nothing waits longer than the longest hold, as after a start."""
        async with self._begin(now, alone=True) as work:
            work.tx.clamp_packets(_last_due_ms(now, self._state.constants))
            await self._sharing.load(work)
            await self._announcer.load(work)
        self._clock.go_on(now)

    async def _by_the_clock(self, work: Work) -> None:
        """Pages, seals, key block and keys; and which key of ours each peer has."""
        await self._publisher.run(work)
        if self._peers.learned:
            self._peers.save(work)

    def _due_for_self(self, work: Work) -> list[int]:
        return self._state.pool.claim(self._state.number, work.now_ms, len(self._state.pool))

    async def _deliver(self, work: Work, numbers: Sequence[int]) -> None:
        """Peel what is due for us: a second layer, or a reply whose way back begins or ends here."""
        state = self._state
        if not numbers:
            return
        rows = await work.tx.packets(numbers)
        draws = {row.id: (state.next_id(), state.fair.fraction()) for row in rows}
        late_ms = state.constants.fetch_late_ms
        boxes = [row for row in rows if row.kind is FrameKind.PACKET and not is_late_fetch(row, work, late_ms)]
        packets = [packet for row in boxes if (packet := self._own_packet(row, *draws[row.id])) is not None]
        replies = [
            ReplyFrame(state.number, row.ref, row.body, draws[row.id][0]) for row in rows if row.kind is FrameKind.REPLY
        ]
        work.tx.erase_packets(numbers)
        state.pool.drop(numbers)
        await self._router.bring_back(work, replies)
        await self._router.accept(work, packets, self._publisher.open_interval(work.now))

    async def _plan(self, work: Work) -> _Plan:
        """What leaves for other relays now; fetches that waited too long for theirs are erased instead."""
        batches = [(peer, *batch) for peer in self._state.peers for batch in self._peers.plan(peer, work.now_ms)]
        rows = await work.tx.packets([number for _, _, numbers in batches for number in numbers])
        late_ms = self._state.constants.fetch_late_ms
        late = {row.id for row in rows if is_late_fetch(row, work, late_ms)}
        work.tx.erase_packets(late)
        return _Plan(batches, {row.id: row for row in rows if row.id not in late})

    def _seal(self, plan: _Plan, now: float) -> list[SealedBatch]:
        """Seal what was planned, once the transaction that planned it has been committed."""
        state, rows = self._state, plan.rows
        state.pool.drop(number for _, _, numbers in plan.batches for number in numbers if number not in rows)
        sealed: list[SealedBatch] = []
        for peer, seq, numbers in plan.batches:
            batch, culprits = self._peers.seal(peer, seq, [rows[number] for number in numbers if number in rows], now)
            state.pool.drop(culprits)
            state.forwarded.extend(culprits)
            state.counts[Count.POISONED] += len(culprits)
            if batch is not None:
                sealed.append(batch)
        return sealed

    def _own_packet(self, row: PacketRow, number: int, draw: float) -> OpenedPacket | None:
        opened = peel_packet(self._state.ring, row.body)
        if opened is None:
            self._state.counts[Count.PACKETS_UNREADABLE] += 1
            return None
        return OpenedPacket(*opened, Origin(self._state.number, row.ref, None), number, draw)

    @asynccontextmanager
    async def _begin(self, now: float, *, alone: bool = False) -> AsyncIterator[Work]:
        """A transaction. Should it fail, the next one first reads everything from the store again.

        What another process has changed of what we keep in memory is read first.
        """
        state = self._state
        forwarded: list[int] = []
        try:
            async with self._store.transaction(alone=alone) as tx:
                work = Work(tx, now, state.constants.link_tick_ms, alone)
                changes = await tx.changes()
                if self._stale:
                    await self._sharing.load(work)
                if self._stale or changes != self._changes:
                    await self._reload(work)
                self._stale, self._changes = False, changes
                work.now = self._clock.present(now)
                work.ahead_s = now - work.now
                forwarded, state.forwarded = state.forwarded, []
                tx.erase_packets(forwarded)
                yield work
                if alone:
                    self._changes = await tx.add_change()
        except BaseException:
            self._stale = True
            state.forwarded = forwarded + state.forwarded
            raise

    async def _reload(self, work: Work) -> None:
        state = self._state
        _, body = (await work.tx.rosters())[-1]
        if (await work.tx.state()).get(OFF_ROSTER, 0) > state.roster.version:
            state.is_off_roster = True  # the roster that named us stays in force until this process ends
        elif body != state.roster_bytes:
            state.roster, state.roster_bytes = parse_roster(body, state.roster.community_key), body
            state.access = choose_access(await work.tx.access(), state.roster)
            state.pool.drop(state.pool.bound_for_others(state.roster.numbers))
        keys = tuple(await work.tx.keys())
        if keys != state.ring.rows:
            state.ring = KeyRing(keys, state.ring.door)
        self._publisher.board = await Board.load(work.tx, self._publisher.board)
        await self._load(work)

    async def _load(self, work: Work) -> None:
        await self._router.load(work)
        await self._descriptors.load(work)
        await self._announcer.load(work)
        await self._publisher.load(work)
        await self._retention.load(work)
        self._peers.load(await work.tx.state())


def _last_due_ms(now: float, constants: Constants) -> int:
    """No hold of the present lasts longer."""
    return next_tick_ms(round(now * 1000) + EXPONENTIAL_CAP * constants.mean_hold_ms, constants.link_tick_ms)
