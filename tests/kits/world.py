"""A community of relays in one event loop: real cores, injected clock, seeded entropy, batches handed over by hand."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Self

from protocol.board.log import Entry, EntryReader
from protocol.community.constants import Constants
from protocol.community.roster import NO_PIN, NO_PREVIOUS, Roster, RosterRelay, sign_roster
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import HybridKey, HybridPublic, kem_hash
from protocol.primitives.signing import verify_key_of
from protocol.profile import Profile
from protocol.routes import onion
from protocol.routes.exchange import (
    LATEST_KEY_BLOCK,
    Cursor,
    PassKind,
    Request,
    Response,
    open_response,
    seal_request,
)
from protocol.routes.onion import ReplyKeys, Route
from protocol.seams import Entropy, RelayId, SeededEntropy
from protocol.sizes import CELL_BYTES, FETCH_FIELD_BYTES, PACKET_FIELD_BYTES
from protocol.streams.pigeonhole import Take, hole_of
from relay.core.interface import SealedBatch
from relay.core.service import RelayService
from relay.events import Event
from relay.secrets import AccessKeys, RelayKeys
from relay.store.sqlite.store import SqliteStore

START = 1_800_000_000.0 // 86_400 * 86_400 + 3600  # an hour after a UTC midnight
SECRET = bytes(range(32))
ACCESS = b"\x42" * 32
DESK = b"\x44" * 32
SMALL = Constants(mean_hold_ms=2000, reply_hold_ms=2000, page_ms=10_000, key_block_ms=60_000, retention_ms=86_400_000)
SLOW = Constants(
    mean_hold_ms=300_000, reply_hold_ms=300_000, page_ms=3_600_000, pages_per_seal=6, key_block_ms=21_600_000,
    retention_ms=5 * 86_400_000,
)  # fmt: skip


class Noted:
    """Events that keep what they were told."""

    def __init__(self) -> None:
        self.seen: list[tuple[Event, dict[str, int | str]]] = []

    def emit(self, event: Event, **fields: int | str) -> None:
        self.seen.append((event, fields))


def relay_keys(number: int) -> RelayKeys:
    return RelayKeys(bytes([number, 1]) * 16, bytes([number, 2]) * 48, RelayId(number))


@lru_cache
def door(number: int) -> HybridPublic:
    """The public keys of a relay's door."""
    return HybridKey.of(relay_keys(number).door_secret).public


def make_roster(
    count: int = 3, constants: Constants = SMALL, version: int = 1, previous: bytes = NO_PREVIOUS
) -> tuple[Roster, bytes]:
    relays = tuple(
        RosterRelay(
            n,
            f"https://relay{n}.example/x",
            verify_key_of(relay_keys(n).identity_secret),
            door(n).curve,
            kem_hash(door(n).kem),
            NO_PIN,
        )
        for n in range(count)
    )
    today = day_of(START)
    roster = Roster(
        verify_key_of(SECRET), "test", version, today, today + 400, constants, relays, count, (0,),
        (verify_key_of(DESK),), 0, b"", previous,
    )  # fmt: skip
    return roster, sign_roster(roster, SECRET)


def seeded(name: str) -> Entropy:
    return SeededEntropy(name.encode().ljust(32, b"\0"))


@dataclass
class Client:
    """Makes exchanges with relay 0 and keeps what they answered."""

    world: "World"
    shelf: bytes
    entropy: Entropy
    collect: int = 1
    cursor: Cursor = LATEST_KEY_BLOCK
    reader: EntryReader = field(default_factory=EntryReader)
    entries: list[Entry] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    last: Response | None = None
    guard: HybridPublic | None = None
    """What its exchanges are sealed to; None: the door."""

    def request(
        self, packet: bytes | None = None, fetch: bytes | None = None, next_shelf: bytes | None = None
    ) -> tuple[bytes, bytes]:
        """A sealed request and its response key."""
        key = self.entropy(32)
        request = Request(
            Profile.STANDARD,
            PassKind.ACCESS,
            ACCESS,
            self.shelf,
            next_shelf or self.shelf,
            self.collect,
            self.collect,
            key,
            self.cursor,
            packet or onion.seal_discard(None, PACKET_FIELD_BYTES, self.entropy),
            fetch or onion.seal_discard(None, FETCH_FIELD_BYTES, self.entropy),
        )
        return seal_request(request, self.guard or door(0), self.entropy), key

    async def exchange(
        self, packet: bytes | None = None, fetch: bytes | None = None, next_shelf: bytes | None = None
    ) -> Response:
        """One exchange; what it brought is taken in."""
        body, key = self.request(packet, fetch, next_shelf)
        [answer] = await self.world.relays[0].exchanges([body], self.world.clock(0))
        response = open_response(key, answer)
        self.shelf = next_shelf or self.shelf
        if response.reply is not None:
            number, reply = response.reply
            self.collect = number + 1
            self.replies.append(reply)
        entries, self.reader = self.reader.feed(response.start, response.next, response.stretch)
        self.entries += entries
        self.cursor = response.next
        self.last = response
        return response

    def route(self, middle: int = 1, store: int = 2) -> Route:
        return Route(RelayId(0), RelayId(middle), RelayId(store), 1.5, 2.5, 0.7)

    def deposit(self, take: bytes, cell: bytes, middle: int = 1, store: int = 2) -> bytes:
        hole = bytes(hole_of(Take(take)))
        return onion.seal_deposit(self.route(middle, store), self.world.packet_keys(), hole, cell, self.entropy)

    def fetch(self, take: bytes, middle: int = 1, store: int = 2) -> tuple[bytes, ReplyKeys]:
        return onion.seal_fetch(self.route(middle, store), self.world.packet_keys(), take, self.entropy)


class World:
    """Relays with a store each (files if `directory` is given), and the time."""

    def __init__(self, directory: Path | None = None, count: int = 3, constants: Constants = SMALL) -> None:
        self.directory = directory
        self.roster, self.roster_bytes = make_roster(count, constants)
        self.now = START
        self.relays: list[RelayService] = []
        self.stores: list[SqliteStore] = []
        self.events = [Noted() for _ in range(count)]
        self.trace: list[tuple[float, int, int, int]] = []
        self.down: set[int] = set()
        self.ahead: dict[int, float] = {}
        self.refused: set[int] = set()
        self.boots = 0

    async def __aenter__(self) -> Self:
        for number in range(len(self.roster.relays)):
            store, relay = await self._open(number)
            self.stores.append(store)
            self.relays.append(relay)
        return self

    async def __aexit__(self, *_: object) -> None:
        for relay in self.relays:
            await relay.close()

    def clock(self, number: int) -> float:
        """What the clock of a relay shows: the time, but for those of `ahead` (behind: negative)."""
        return self.now + self.ahead.get(number, 0.0)

    async def _open(self, number: int, *, clock_is_right: bool = False) -> tuple[SqliteStore, RelayService]:
        path = None if self.directory is None else self.directory / f"relay{number}.db"
        store = await SqliteStore.open(path)
        self.boots += 1
        try:
            relay = await RelayService.open(
                store,
                relay_keys(number),
                self.roster_bytes,
                AccessKeys({0: ACCESS}),
                seeded(f"relay {number} boot {self.boots}"),
                self.clock(number),
                self.events[number],
                clock_is_right=clock_is_right,
            )
        except BaseException:
            await store.close()  # its thread would keep the program from ending
            raise
        return store, relay

    async def reopen(self, number: int, *, clock_is_right: bool = False) -> None:
        """As after a kill: nothing in memory is saved, the file is opened anew."""
        if number not in self.refused:
            await self.stores[number].close()
        self.refused.add(number)
        self.stores[number], self.relays[number] = await self._open(number, clock_is_right=clock_is_right)
        self.refused.discard(number)

    async def ship(self, batches: Sequence[SealedBatch], sender: int) -> None:
        for batch in batches:
            self.trace.append((self.now, sender, batch.peer, len(batch.body)))
            ack = None
            if batch.peer not in self.down:
                ack = await self.relays[batch.peer].link(batch.body, self.clock(batch.peer))
            await self.relays[sender].shipped(batch, ack, self.clock(sender))

    async def step(self) -> None:
        """Let every relay that is up do what is due now."""
        for number, relay in enumerate(self.relays):
            if number in self.down:
                continue
            now = self.clock(number)
            if relay.next_tidying(now) <= now:
                await relay.tidy(now)
            if relay.next_due(now) <= now:
                await self.ship(await relay.run_due(now), number)

    async def run(self, seconds: float) -> None:
        """Let time pass: from one due moment to the next."""
        end = self.now + seconds
        while True:
            upcoming = self.now + min(self._due_in(number) for number in range(len(self.relays)))
            if upcoming > end:
                break
            self.now = max(self.now, upcoming)
            await self.step()
        self.now = end

    def _due_in(self, number: int) -> float:
        relay, now = self.relays[number], self.clock(number)
        return math.inf if number in self.down else min(relay.next_due(now), relay.next_tidying(now)) - now

    def packet_keys(self) -> dict[RelayId, bytes]:
        """The day keys as the relays publish them."""
        return {found.relay: found.day_key for relay in self.relays if (found := relay.descriptor) is not None}

    def client(self, name: str) -> Client:
        entropy = seeded(f"client {name}")
        return Client(self, entropy(16), entropy)


def cell(byte: int) -> bytes:
    return bytes([byte]) * CELL_BYTES
