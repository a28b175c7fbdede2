"""A relay of several processes on one PostgreSQL, as peers and clients see it: whatever comes goes to the next one."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Self, cast

from protocol.community.descriptor import Descriptor
from relay.core.interface import Count, SealedBatch
from relay.core.service import RelayService
from relay.secrets import AccessKeys
from relay.store.address import PostgresAddress
from relay.store.postgres.store import PostgresStore
from tests.kits.world import ACCESS, World, relay_keys, seeded

# Questions to the server until it has noticed that a connection is gone; each is a round trip.
PATIENCE = 10_000


class Sharers:
    """The processes of relay 0 in one event loop; the database sees as many clients."""

    def __init__(self, world: World, address: PostgresAddress) -> None:
        self.world = world
        self.address = address
        self.processes: list[RelayService] = []
        self.stores: list[PostgresStore] = []
        self.made: list[tuple[SealedBatch, RelayService]] = []
        self.turn = 0
        self.boots = 0

    async def start(self) -> RelayService:
        """Start one more process."""
        self.boots += 1
        name = f"process {self.boots}"
        store = await PostgresStore.open(self.address, seeded(f"{name} number"))
        try:
            process = await RelayService.open(
                store,
                relay_keys(0),
                self.world.roster_bytes,
                AccessKeys({0: ACCESS}),
                seeded(name),
                self.world.now,
                self.world.events[0],
            )
        except BaseException:
            await store.close()
            raise
        self.processes.append(process)
        self.stores.append(store)
        return process

    async def kill(self, number: int) -> RelayService:
        """End one process as SIGKILL does: its connection is gone, and nothing else was said."""
        self.stores.pop(number)._session.drop()
        killed = self.processes.pop(number)
        for _ in range(PATIENCE):
            if await self.living() == len(self.processes):
                return killed
        raise AssertionError("the server does not notice that a process is gone")

    async def living(self) -> int:
        async with self.stores[0].transaction() as tx:
            return (await tx.claims.waiting()).processes

    def next(self) -> RelayService:
        self.turn += 1
        return self.processes[self.turn % len(self.processes)]

    # what World asks of a relay

    async def exchanges(self, bodies: Sequence[bytes], now: float) -> list[bytes]:
        return await self.next().exchanges(bodies, now)

    async def link(self, body: bytes, now: float) -> bytes:
        return await self.next().link(body, now)

    def next_due(self, now: float) -> float:
        return min(process.next_due(now) for process in self.processes)

    def next_tidying(self, now: float) -> float:
        return min(process.next_tidying(now) for process in self.processes)

    async def tidy(self, now: float) -> bool:
        return all(await asyncio.gather(*(process.tidy(now) for process in self.processes)))

    async def run_due(self, now: float) -> list[SealedBatch]:
        found = await asyncio.gather(*(process.run_due(now) for process in self.processes))
        for process, batches in zip(self.processes, found, strict=True):
            self.made += [(batch, process) for batch in batches]
        return [batch for batches in found for batch in batches]

    async def shipped(self, batch: SealedBatch, ack: bytes | None, now: float) -> None:
        for made, process in self.made:
            if made is batch:
                await process.shipped(batch, ack, now)

    @property
    def descriptor(self) -> Descriptor | None:
        return self.processes[0].descriptor

    @property
    def counts(self) -> Counter[Count]:
        return sum((Counter(process.counts) for process in self.processes), Counter())

    async def close(self) -> None:
        for process in self.processes:
            await process.close()


class SharedWorld(World):
    """A world whose relay 0 is several processes on PostgreSQL; the others have a store in memory each."""

    def __init__(self, address: PostgresAddress, processes: int = 2) -> None:
        super().__init__()
        self.sharers = Sharers(self, address)
        self._count = processes

    async def __aenter__(self) -> Self:
        for _ in range(self._count):
            await self.sharers.start()
        self.relays.append(cast(RelayService, self.sharers))
        for number in (1, 2):
            store, relay = await self._open(number)
            self.stores.append(store)
            self.relays.append(relay)
        return self
