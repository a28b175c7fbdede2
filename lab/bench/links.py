"""Row 2: link packets a second through one relay core - batches opened, layers peeled, committed, forwarded, deleted -
against bare openings of the same sealed boxes.

The neighbours are doubles with real keys: one sends batches of 16 deposits whose layer for the relay says "hold 0
s, then on", the other acknowledges what is forwarded. Only the relay's own calls are timed; its database is a file
on the disk.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from lab.bench.guest import Guest, NotYet
from lab.bench.row import Row
from lab.worlds.community import LabCommunity, make_community
from protocol.board.log import Entry, EntryKind
from protocol.board.page import CHAIN_START
from protocol.board.pieces import split_entry
from protocol.community.constants import Constants
from protocol.community.descriptor import Descriptor, door_key, sign_descriptor
from protocol.community.tickets import make_ticket
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import HybridKey
from protocol.primitives.kem import encapsulate
from protocol.primitives.sealed_box import BOX_OVERHEAD, keypair, open_box, public_of, seal
from protocol.routes.frames import (
    DOOR_KEY_DAY,
    NO_REF,
    Ack,
    AckStatus,
    Batch,
    Frame,
    FrameKind,
    LinkHead,
    link_secret,
    open_batch,
    parse_head,
    seal_ack,
    seal_batch,
)
from protocol.routes.onion import Forward, Route, peel, seal_deposit
from protocol.seams import RelayId
from protocol.sizes import CELL_BYTES, HOLE_BYTES, MAX_BATCH_FRAMES, PACKET_FIELD_BYTES
from relay.core.service import RelayService
from relay.events import NoEvents
from relay.secrets import AccessKeys, RelayKeys
from relay.store.sqlite.store import SqliteStore

SENDER, RELAY, RECEIVER = RelayId(0), RelayId(1), RelayId(2)
BATCHES = 60
HEAD = LinkHead(SENDER, RELAY, DOOR_KEY_DAY, DOOR_KEY_DAY)


class Neighbours:
    """The two relays on either side, as doubles that hold their real keys."""

    def __init__(self, community: LabCommunity, guest: Guest) -> None:
        self._community = community
        self._doors = {relay.number: HybridKey.of(relay.door_secret) for relay in community.relays}
        self._relay_door = community.roster.relay(RELAY).door
        self._guest = guest
        self._seq = 0

    def batch(self) -> tuple[bytes, list[bytes]]:
        """Return a sealed batch of 16 deposits for the relay, and the boxes in it."""
        entry_secret, entry = keypair(os.urandom)
        keys = {SENDER: entry, RELAY: self._guest.descriptor.day_key, RECEIVER: keypair(os.urandom)[1]}
        route = Route(SENDER, RELAY, RECEIVER, 0.0, 0.0, 0.0)
        boxes: list[bytes] = []
        for _ in range(MAX_BATCH_FRAMES):
            field = seal_deposit(route, keys, os.urandom(HOLE_BYTES), os.urandom(CELL_BYTES), os.urandom)
            layer = peel(open_box(entry_secret, field))
            assert isinstance(layer, Forward)
            assert len(field) == PACKET_FIELD_BYTES
            boxes.append(layer.inner)
        return self._seal(HEAD, tuple(Frame(FrameKind.PACKET, NO_REF, box) for box in boxes)), boxes

    async def introduce(self, service: RelayService, now: float) -> None:
        """Tell the relay our descriptors: it hands packets on only to whom it knows an ML-KEM key of."""
        for secrets in self._community.relays:
            if secrets.number == RELAY:
                continue
            door = self._doors[secrets.number].public
            keys = Descriptor(
                secrets.number, day_of(now), *(door.curve, door.kem), *3 * (door.curve,), door.kem, 0, CHAIN_START
            )
            entry = Entry(EntryKind.DESCRIPTOR, sign_descriptor(keys, secrets.identity_secret))
            frames = tuple(Frame(FrameKind.PIECE, NO_REF, piece) for piece in split_entry(entry.encode()))
            head = LinkHead(secrets.number, RELAY, DOOR_KEY_DAY, DOOR_KEY_DAY)
            await service.link(self._seal(head, frames), now)

    def _seal(self, head: LinkHead, frames: tuple[Frame, ...]) -> bytes:
        self._seq += 1
        link = link_secret(self._doors[head.sender].curve.secret, self._relay_door)
        made = encapsulate(self._guest.descriptor.door_kem)
        return seal_batch(head, link, made, Batch(bytes(8), self._seq, frames), os.urandom)[0]

    def acknowledge(self, body: bytes) -> tuple[bytes, int]:
        """Open what the relay forwards; return the sealed answer and the number of packets in it."""
        head = parse_head(body)
        by_door = head.sender_key_day == DOOR_KEY_DAY
        public = self._relay_door if by_door else self._guest.links[head.sender_key_day]
        door = self._doors[head.receiver]
        batch, ack_key = open_batch(body, link_secret(door.curve.secret, public), door.kem)
        packets = sum(frame.kind is FrameKind.PACKET for frame in batch.frames)
        return seal_ack(ack_key, Ack(batch.process, batch.seq, AckStatus.STORED), os.urandom), packets


async def measure_links(rounds: int) -> Row:
    """Measure both sides `rounds` times in turn."""
    with tempfile.TemporaryDirectory(prefix="sosik-bench-") as name:
        start = time.time()
        constants = Constants(mean_hold_ms=1000, page_ms=1000, key_block_ms=5000, link_tick_ms=10)
        community = make_community(os.urandom, relays=3, guards=[0], constants=constants, now=start)
        secrets = community.relays[RELAY]
        service = await RelayService.open(
            await SqliteStore.open(Path(name) / "relay.db"),
            RelayKeys(secrets.identity_secret, secrets.door_secret, RELAY),
            community.roster_bytes,
            AccessKeys({0: community.access_secret}),
            os.urandom,
            start,
            NoEvents(),
        )
        now = start
        neighbours: Neighbours | None = None

        async def ask(body: bytes) -> bytes:
            answers: list[bytes] = await service.exchanges([body], now)
            return answers[0]

        async def pump(until: float) -> tuple[int, float]:
            """Let the relay do what is due; return packets forwarded and the seconds it took for it."""
            packets, spent = 0, 0.0
            while True:
                began = time.perf_counter()
                batches = await service.run_due(until)
                spent += time.perf_counter() - began
                if not batches:
                    return packets, spent
                for batch in batches:
                    ack, count = neighbours.acknowledge(batch.body) if neighbours else (None, 0)
                    packets += count
                    began = time.perf_counter()
                    await service.shipped(batch, ack, until)
                    spent += time.perf_counter() - began

        ticket = make_ticket(
            community.desk_secret, community.roster.community_key, (RELAY, RECEIVER), day_of(now) + 30, os.urandom
        )
        guest: Guest | None = None
        while guest is None:
            now += 1
            await pump(now)
            try:
                door = door_key(community.roster.relay(RELAY), [])
                guest = await Guest.enter(ask, RELAY, door, ticket.encode(), community.roster.community_key, os.urandom)
            except NotYet:
                if now > start + 60:
                    raise
        neighbours = Neighbours(community, guest)
        await neighbours.introduce(service, now)
        now += 120  # past every back-off
        await pump(now)
        ours: list[float] = []
        bare: list[float] = []
        for _ in range(rounds):
            batches = [neighbours.batch() for _ in range(BATCHES)]
            forwarded, spent = 0, 0.0
            for body, _ in batches:
                began = time.perf_counter()
                await service.link(body, now)
                spent += time.perf_counter() - began
                now += 0.02
                count, pumped = await pump(now)
                forwarded += count
                spent += pumped
            if forwarded != BATCHES * MAX_BATCH_FRAMES:
                raise SystemExit(f"the relay forwarded {forwarded} packets of {BATCHES * MAX_BATCH_FRAMES}")
            ours.append(forwarded / spent)
            secret, _ = keypair(os.urandom)
            boxes = reseal(secret, [box for _, inner in batches for box in inner])
            began = time.perf_counter()
            for box in boxes:
                open_box(secret, box)
            bare.append(len(boxes) / (time.perf_counter() - began))
        await service.close()
    return Row(
        "link packets",
        statistics.median(ours),
        "1/s",
        statistics.median(a / b for a, b in zip(ours, bare, strict=True)),
        "bare sealed-box openings of the same size",
        0.2,
    )


def reseal(secret: bytes, boxes: list[bytes]) -> list[bytes]:
    """Return boxes of the same sizes for a key that the benchmark holds."""
    public = public_of(secret)
    return [seal(public, box[BOX_OVERHEAD:], os.urandom) for box in boxes]
