"""Batches of other relays: from their frames to rows, in the transaction that their acknowledgement speaks of.

Invariant: whatever a batch holds, each frame takes its draws; a batch that was heard before causes nothing; ways back
and shelves are taken before tags, as exchanges do, so that processes which share a store never wait in a ring.
Spec: docs/protocol.md, Links.
"""

from collections.abc import Iterable, Sequence

from protocol.primitives.days import day_of
from protocol.routes.frames import AckStatus, Batch, Frame, FrameKind
from protocol.routes.onion import Layer
from protocol.seams import RelayId
from relay.core.board.publisher import Publisher
from relay.core.interface import Count
from relay.core.links.gossip import Gossip
from relay.core.links.sending import PROCESSES_HEARD, receive
from relay.core.mix.caps import Cap, drop_chance
from relay.core.routing import OpenedPacket, Origin, ReplyFrame, Router, peel_packet
from relay.core.state import RelayState, Work
from relay.store.records import TagRow

Opened = list[tuple[tuple[TagRow, Layer] | None, Frame]]
"""The frames of a batch in order; with a packet that opened, its tag and layer."""


def pieces_of(frames: Iterable[Frame]) -> list[bytes]:
    """The board pieces among frames, in order."""
    return [frame.body for frame in frames if frame.kind is FrameKind.PIECE]


class LinkReceiver:
    """Takes batches in."""

    def __init__(self, state: RelayState, publisher: Publisher, gossip: Gossip, router: Router) -> None:
        self._state = state
        self._publisher = publisher
        self._gossip = gossip
        self._router = router

    def read(self, frames: Sequence[Frame]) -> Opened:
        """Open the packets of a batch with the keys held at present."""
        ring = self._state.ring
        return [(peel_packet(ring, frame.body) if frame.kind is FrameKind.PACKET else None, frame) for frame in frames]

    async def accept(
        self, work: Work, sender: RelayId, batch: Batch, opened: Opened, *, whole: bool = True
    ) -> AckStatus:
        """Take what was read; the status that the sender is told after the commit.

        Of a batch that is not taken as a `whole`, `remember` notes afterwards that it was heard.
        """
        state = self._state
        interval = state.constants.interval_of(work.clock)
        draws = [(state.next_id(), state.fair.fraction()) for _ in opened]
        used = [state.fair.count(Cap.FRAMES, interval, sender) for _ in opened]
        if draws[0][1] < drop_chance(used[0], state.constants.max_frames_per_page):
            return AckStatus.BUSY
        if whole and not await self.remember(work, sender, batch):
            return AckStatus.STORED
        replies = [
            ReplyFrame(sender, frame.ref, frame.body, number)
            for (_, frame), (number, _) in zip(opened, draws, strict=True)
            if frame.kind is FrameKind.REPLY
        ]
        await self._router.bring_back(work, replies)
        packets = self._packets(sender, opened, draws)
        await self._router.accept(work, packets, self._publisher.open_interval(work.now))
        await self._gossip.receive(work, sender, pieces_of(frame for _, frame in opened))
        return AckStatus.STORED

    async def remember(self, work: Work, sender: RelayId, batch: Batch) -> bool:
        """Note that a batch was heard; False if it had been before."""
        before = await work.tx.link(sender, batch.process)
        row = receive(before, sender, batch.process, batch.seq, day_of(work.now))
        if row is None:
            return False
        work.tx.put_link(row)
        if before is None:
            work.tx.thin_links(sender, PROCESSES_HEARD)
        return True

    def _packets(self, sender: RelayId, opened: Opened, draws: Sequence[tuple[int, float]]) -> list[OpenedPacket]:
        packets = []
        for (packet, frame), (number, draw) in zip(opened, draws, strict=True):
            if packet is not None:
                packets.append(OpenedPacket(*packet, Origin(sender, frame.ref, None), number, draw))
            elif frame.kind is FrameKind.PACKET:
                self._state.counts[Count.PACKETS_UNREADABLE] += 1
        return packets
