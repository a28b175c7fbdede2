"""What a relay does with a packet it could open, and with a reply on its way back.

Invariant: whatever a fetch finds, one reply of one size leaves at one moment; whatever a deposit meets, one name goes
on the page. A tag and what its packet caused are one transaction; a box seen before causes nothing.
Spec: docs/protocol.md, Relay; Route layers; Replies.
Decisions 30, 31, 67.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from protocol.errors import ProtocolError
from protocol.primitives.days import day_of
from protocol.routes.frames import NO_REF, FrameKind
from protocol.routes.onion import (
    Deposit,
    Discard,
    Fetch,
    Forward,
    ForwardFetch,
    Layer,
    answer_store,
    peel,
    wrap_reply,
)
from protocol.seams import RelayId
from protocol.sizes import HOLE_BYTES, MIDDLE_REPLY_BYTES, SHELF_REPLY_BYTES
from protocol.streams.pigeonhole import Take, hole_of
from relay.core.interface import Count
from relay.core.mix.caps import drop_chance
from relay.core.mix.keys import KeyRing, Opened
from relay.core.state import RelayState, Work, random_id
from relay.store.records import CellRow, PacketRow, ReplyRow, ReturnRow, TagRow, cell_id

REF_BYTES = 16


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a packet came from: a relay (this one, for a second layer) and its reference, or a shelf here."""

    relay: RelayId
    ref: bytes
    shelf: int | None


@dataclass(frozen=True, slots=True)
class OpenedPacket:
    """A packet or fetch that opened. number: row number of whatever it becomes; draw: its draw against the caps."""

    tag: TagRow
    layer: Layer
    origin: Origin
    number: int
    draw: float


@dataclass(frozen=True, slots=True)
class ReplyFrame:
    """A reply as it arrived from `sender`, for our reference `ref`."""

    sender: RelayId
    ref: bytes
    body: bytes
    number: int


def peel_packet(ring: KeyRing, box: bytes) -> tuple[TagRow, Layer] | None:
    """Open and peel one box; None for what nobody could read and for what is no layer."""
    opened: Opened | None = ring.open_packet(box)
    if opened is None:
        return None
    try:
        return opened.tag, peel(opened.plaintext)
    except ProtocolError:
        return None


def is_late_fetch(row: PacketRow, work: Work, late_ms: int) -> bool:
    """Whether a packet waited for a relay that was away for so long that its reader may ask again before it arrives:
    longer than `late_ms`, which is `Constants.fetch_late_ms`.

    Only fetches have a reference for the way back. A deposit is handed on however late.
    """
    return row.kind is FrameKind.PACKET and row.ref != NO_REF and work.now_ms - row.due_ms > late_ms


class Router:
    """Turns packets and replies into rows, inside the caller's transaction."""

    def __init__(self, state: RelayState) -> None:
        self._state = state
        self.holes_listed: tuple[int, int] = (-1, 0)
        """Page interval, and how many holes it has."""

    async def load(self, work: Work) -> None:
        """Read how full the page is that is being filled."""
        self.holes_listed = max((await work.tx.hole_intervals()).items(), default=(-1, 0))

    async def accept(self, work: Work, packets: Sequence[OpenedPacket], hole_interval: int) -> None:
        """Take packets: store cells, answer fetches, put the rest into the pool. Discards end here."""
        live = [p for p in packets if not isinstance(p.layer, Discard) and self._state.ring.holds(p.tag)]
        if not live:
            return
        seen = await work.tx.seen_tags([packet.tag for packet in live])
        fresh: list[OpenedPacket] = []
        for packet in live:
            if packet.tag in seen:
                self._state.counts[Count.PACKETS_REPLAYED] += 1
                continue
            seen.add(packet.tag)
            if packet.draw < drop_chance(self._state.pool.travelling + len(fresh), self._state.constants.max_packets):
                self._state.counts[Count.PACKETS_DROPPED] += 1
                continue
            fresh.append(packet)
        # Another process of this relay may be taking a copy of the same box: one of them gets the tag.
        claimed = await work.tx.claim_tags([packet.tag for packet in fresh])
        self._state.counts[Count.PACKETS_REPLAYED] += len(fresh) - len(claimed)
        fresh = [packet for packet in fresh if packet.tag in claimed]
        self._state.counts[Count.PACKETS_ACCEPTED] += len(fresh)
        await self._store(work, fresh, hole_interval)
        await self._answer(work, fresh)
        self._forward(work, fresh)

    async def _store(self, work: Work, packets: Sequence[OpenedPacket], interval: int) -> None:
        deposits = [(p, p.layer) for p in packets if isinstance(p.layer, Deposit)]
        if not deposits:
            return
        count = self.holes_listed[1] if self.holes_listed[0] == interval else 0
        rows: dict[int, CellRow] = {}
        accepted = 0
        for packet, layer in deposits:
            if packet.draw < drop_chance(count + accepted, self._state.constants.max_tags):
                self._state.counts[Count.PACKETS_DROPPED] += 1
                continue
            accepted += 1
            row = CellRow(cell_id(layer.hole), layer.hole, day_of(work.now), layer.cell)
            rows.setdefault(row.id, row)
        stored = await work.tx.claim_cells(list(rows.values()))
        names = [row.hole for row in rows.values() if row.id in stored]
        # The first one stays. The page counts accepted deposits, so names that nobody watches stand in.
        names += [self._state.entropy(HOLE_BYTES) for _ in range(accepted - len(names))]
        work.tx.add_holes([(interval, name) for name in names])
        self.holes_listed = (interval, count + accepted)

    async def _answer(self, work: Work, packets: Sequence[OpenedPacket]) -> None:
        fetches = [(p, p.layer) for p in packets if isinstance(p.layer, Fetch) and p.origin.shelf is None]
        if not fetches:
            return
        holes = [bytes(hole_of(Take(layer.take))) for _, layer in fetches]
        cells = await work.tx.cells(holes)
        rows = []
        for (packet, layer), hole in zip(fetches, holes, strict=True):
            # At once on the tick grid, hit or miss alike; the middle holds the reply back.
            body = answer_store(layer.reply_key, cells.get(hole), self._state.entropy)
            origin = packet.origin
            rows.append(PacketRow(packet.number, work.due_ms(0), origin.relay, FrameKind.REPLY, origin.ref, body))
        self._put(work, rows)

    def _forward(self, work: Work, packets: Sequence[OpenedPacket]) -> None:
        rows: list[PacketRow] = []
        returns: list[ReturnRow] = []
        mean_ms = self._state.constants.mean_hold_ms
        for packet in packets:
            layer, origin = packet.layer, packet.origin
            if not isinstance(layer, Forward | ForwardFetch):
                continue
            if self._state.roster.find_relay(layer.next) is None:
                continue
            ref = NO_REF
            if isinstance(layer, ForwardFetch):
                ref = self._state.entropy(REF_BYTES)
                at_shelf = origin.shelf is not None
                returns.append(
                    ReturnRow(
                        ref,
                        layer.next,
                        None if at_shelf else origin.relay,
                        None if at_shelf else origin.ref,
                        origin.shelf,
                        self._state.held_ms(layer.back_ms, self._state.constants.reply_hold_ms),
                        layer.reply_key,
                        work.quarter,
                    )
                )
            due_ms = work.due_ms(self._state.held_ms(layer.hold_ms, mean_ms))
            rows.append(PacketRow(packet.number, due_ms, layer.next, FrameKind.PACKET, ref, layer.inner))
        work.tx.add_returns(returns)
        self._put(work, rows)

    async def bring_back(self, work: Work, replies: Sequence[ReplyFrame]) -> None:
        """Seal replies once more and hold them, or put them on their shelf. What answers nothing is dropped."""
        known = await work.tx.returns([reply.ref for reply in replies])
        home: list[tuple[int, bytes]] = []
        rows: list[PacketRow] = []
        used: list[bytes] = []
        for reply in replies:
            way = known.get(reply.ref)
            if way is None or way.sent_to != reply.sender:
                continue
            del known[reply.ref]
            used.append(reply.ref)
            try:
                body = wrap_reply(way.reply_key, reply.body, self._state.entropy)
            except ProtocolError:
                continue
            if way.shelf is not None and len(body) == SHELF_REPLY_BYTES:
                home.append((way.shelf, body))
            elif way.came_from is not None and way.their_ref is not None and len(body) == MIDDLE_REPLY_BYTES:
                due_ms = work.due_ms(way.back_ms)
                rows.append(PacketRow(reply.number, due_ms, way.came_from, FrameKind.REPLY, way.their_ref, body))
        work.tx.erase_returns(used)
        self._put(work, rows)
        if home:
            await self._shelve(work, home)

    async def _shelve(self, work: Work, home: Sequence[tuple[int, bytes]]) -> None:
        ids = sorted({shelf for shelf, _ in home})
        shelves = {row.id: row for row in await work.tx.shelves(ids)}
        counts = await work.tx.reply_counts(ids)
        rows: list[ReplyRow] = []
        for number, body in home:
            shelf = shelves.get(number)
            if shelf is None or counts[number] >= self._state.constants.max_replies_per_shelf:
                continue
            counts[number] += 1
            rows.append(ReplyRow(random_id(self._state.entropy), number, shelf.next_number, day_of(work.now), body))
            shelves[number] = replace(shelf, next_number=shelf.next_number + 1)
        work.tx.add_replies(rows)
        work.tx.put_shelves(shelves.values())

    def _put(self, work: Work, rows: Sequence[PacketRow]) -> None:
        work.tx.add_packets(rows)
        for row in rows:
            self._state.pool.add((row.due_ms, row.id, row.next, row.kind))
