"""A relay of the roster that has turned hostile: the real core, with its keys and its disk, lying on the real wire.

Whoever runs a relay can do to its clients what lab.hostile.guard has, and to other relays what is in `LINKS`. What each
trick achieves is measured by lab.hostile and said in docs/threats.md.
"""

from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final, Self

from lab.hostile.guard import GUARD, Scene, Trick
from lab.worlds.wire import SimulatedRelay
from protocol.board.pieces import MAX_PIECES, PIECE_ID_BYTES
from protocol.errors import ProtocolError
from protocol.primitives.kem import encapsulate
from protocol.routes.exchange import open_response, parse_request
from protocol.routes.frames import NO_REF, PROCESS_BYTES, Ack, AckStatus, Batch, Frame, FrameKind, seal_ack, seal_batch
from protocol.seams import Entropy, RelayId
from protocol.sizes import (
    DEPOSIT_MIDDLE_BOX_BYTES,
    FETCH_MIDDLE_BOX_BYTES,
    FRAME_REF_BYTES,
    PIECE_CHUNK_BYTES,
    STORE_REPLY_BYTES,
)
from relay.core.interface import SealedBatch
from relay.core.links.receiving import pieces_of
from relay.core.service import RelayService

NOT_OURS: Final = -1
"""Token of a batch that the core did not make."""
FLOOD_BATCHES: Final = 4
FLOOD_FRAMES: Final = 16
_PACKET_SIZES: Final = (DEPOSIT_MIDDLE_BOX_BYTES, FETCH_MIDDLE_BOX_BYTES)


class _FalseCells:
    """A store that reads every filled pigeonhole as random bytes."""

    def __init__(self, store: Any, lies: Entropy) -> None:
        self.honest, self._lies = store, lies

    def __getattr__(self, name: str) -> Any:
        return getattr(self.honest, name)

    @asynccontextmanager
    async def transaction(self, **how: Any) -> Any:
        async with self.honest.transaction(**how) as tx:
            true_cells = tx.cells

            async def cells(holes: Sequence[bytes]) -> dict[bytes, bytes]:
                return {hole: self._lies(len(cell)) for hole, cell in (await true_cells(holes)).items()}

            tx.cells = cells
            yield tx


LINKS: Final = ("packets dropped", "false cells", "batches repeated", "acks garbled", "flood of frames")
"""What a relay may do to the others, by name."""


class HostileRelay(RelayService):
    """The core of a running relay, taken over with all it holds."""

    trick: Trick
    links: str
    lies: Entropy
    before: bytes
    victim: bytes
    _sent: list[SealedBatch]
    _sequence: int
    _own_process: bytes

    @classmethod
    def turn(cls, relay: SimulatedRelay, entropy: Entropy, *, guard: str = "honest", links: str = "") -> Self:
        """Let a running relay be hostile from now on: a trick of GUARD, or one of LINKS."""
        hostile = cls.__new__(cls)
        vars(hostile).update(vars(relay.service))
        hostile.trick, hostile.links, hostile.lies = GUARD[guard], links, entropy
        hostile.before, hostile.victim, hostile._sent, hostile._sequence = b"", b"", [], 0
        hostile._own_process = entropy(PROCESS_BYTES)
        if links == "false cells":
            hostile._store = _FalseCells(hostile._store, entropy)
        relay.service = hostile
        return hostile

    def repent(self) -> None:
        """Be honest from now on."""
        self.trick, self.links = GUARD["honest"], ""
        if isinstance(self._store, _FalseCells):
            self._store = self._store.honest

    @property
    def own_number(self) -> int:
        """Our number in the roster."""
        return self._state.number

    @property
    def identity_secret(self) -> bytes:
        """Our identity."""
        return self._state.own.identity_secret

    async def exchanges(self, bodies: Sequence[bytes], now: float) -> list[bytes]:
        """Answer as the trick wants; what was asked has been done all the same."""
        honest = await super().exchanges(bodies, now)
        return [await self._answer(body, answer) for body, answer in zip(bodies, honest, strict=True)]

    async def _answer(self, body: bytes, honest: bytes) -> bytes:
        try:
            request = parse_request(self._state.ring.open_request(body))
            response = open_response(request.response_key, honest)
        except ProtocolError:
            return honest
        intervals = range(response.start.interval, min(response.next.interval, response.start.interval + 64) + 1)
        async with self._store.transaction() as tx:
            sheets = await tx.sheets(list(intervals))
        return self.trick(Scene(self, request, response, honest, sheets))

    async def link(self, body: bytes, now: float) -> bytes:
        """Take a batch, or say so."""
        if self.links == "acks garbled":
            return self.lies(len(await super().link(body, now)))
        if self.links != "packets dropped":
            return await super().link(body, now)
        try:
            _, ack_key, batch = self._peers.open(body, now)
        except ProtocolError:
            return await super().link(body, now)
        if pieces_of(batch.frames):
            return await super().link(body, now)
        return seal_ack(ack_key, Ack(batch.process, batch.seq, AckStatus.STORED), self.lies)

    async def _open(self, body: bytes, now: float) -> tuple[RelayId, bytes, Batch]:
        """Hear the pieces of a batch alone."""
        sender, ack_key, batch = await super()._open(body, now)
        if self.links == "packets dropped":
            batch = replace(batch, frames=tuple(frame for frame in batch.frames if frame.kind is FrameKind.PIECE))
        return sender, ack_key, batch

    async def run_due(self, now: float) -> list[SealedBatch]:
        """Send what is due, and more."""
        batches = await super().run_due(now)
        match self.links:
            case "batches repeated":
                self._sent = [*self._sent, *batches][-8:]
                return [*batches, *(replace(one, token=NOT_OURS) for one in self._sent)]
            case "flood of frames":
                return [*batches, *self._flood(now)]
        return batches

    def _flood(self, now: float) -> list[SealedBatch]:
        """Batches of frames that mean nothing: packets nobody can open, replies to nothing, pieces that never end."""
        made = []
        for peer in self._state.peers:
            head, key, kem = self._peers._keys_for(peer, self._peers._link_state(peer), now)
            for _ in range(FLOOD_BATCHES):
                self._sequence += 1
                frames = tuple(self._junk(number) for number in range(FLOOD_FRAMES))
                batch = Batch(self._own_process, self._sequence, frames)
                made.append(SealedBatch(peer, seal_batch(head, key, encapsulate(kem), batch, self.lies)[0], NOT_OURS))
        return made

    def _junk(self, number: int) -> Frame:
        match number % 3:
            case 0:
                return Frame(FrameKind.PACKET, NO_REF, self.lies(_PACKET_SIZES[number // 3 % 2]))
            case 1:
                return Frame(FrameKind.REPLY, self.lies(FRAME_REF_BYTES), self.lies(STORE_REPLY_BYTES))
            case _:
                return Frame(
                    FrameKind.PIECE, NO_REF, bytes([0, MAX_PIECES]) + self.lies(PIECE_ID_BYTES + PIECE_CHUNK_BYTES)
                )

    async def shipped(self, batch: SealedBatch, ack: bytes | None, now: float) -> None:
        """Only of what the core made itself."""
        if batch.token != NOT_OURS:
            await super().shipped(batch, ack, now)
