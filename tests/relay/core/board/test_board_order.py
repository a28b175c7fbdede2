"""What a relay publishes reaches another one's board in the order it was published, whatever links do to batches."""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from protocol.board.chain import Finding
from protocol.board.reader import BoardReader
from protocol.seams import RelayId
from relay.core.interface import SealedBatch
from relay.events import Event
from tests.kits.world import SMALL, Client, World, cell

PAGE_S = SMALL.page_ms / 1000


class RoughWorld(World):
    """Batches of one round arrive in any order; some are lost, and some acknowledgements are."""

    def __init__(self, seed: int, directory: Path | None = None) -> None:
        super().__init__(directory)
        self.draws = random.Random(seed)
        self.rough = False

    async def ship(self, batches: Sequence[SealedBatch], sender: int) -> None:
        fates = []
        for batch in self.draws.sample(batches, len(batches)):
            arrives = batch.peer not in self.down and not (self.rough and self.draws.random() < 0.3)
            ack = await self.relays[batch.peer].link(batch.body, self.now) if arrives else None
            fates.append((batch, None if self.rough and self.draws.random() < 0.3 else ack))
        for batch, ack in fates:
            await self.relays[sender].shipped(batch, ack, self.now)


async def read(world: World, client: Client, reader: BoardReader) -> tuple[list[Finding], BoardReader]:
    """Read the board of relay 0 to its end."""
    findings: list[Finding] = []
    while True:
        response = await client.exchange()
        news, reader = reader.feed(
            response.start, response.next, response.stretch, world.roster, world.roster.community_key
        )
        findings += news.findings
        if response.next == response.end:
            return findings, reader


def equivocations(world: World) -> list[int]:
    """Which relays saw another one contradict itself."""
    seen = Event.EQUIVOCATION_SEEN
    return [number for number, noted in enumerate(world.events) for event, _ in noted.seen if event is seen]


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_backlog_pages_arrive_in_order(seed: int) -> None:
    async with RoughWorld(seed) as world:
        client = world.client("ara")
        await world.run(3 * PAGE_S)
        findings, reader = await read(world, client, BoardReader())
        world.down = {0}
        await world.run(40 * PAGE_S)
        world.down, world.rough = set(), True
        await world.run(20 * PAGE_S)
        world.rough = False
        await world.run(20 * PAGE_S)
        assert equivocations(world) == []
        more, reader = await read(world, client, reader)
        assert findings + more == []
        for number, relay in enumerate(world.relays):
            known = RelayId(number)
            theirs, ours = reader.chains.head(known), relay._publisher.board.chains.head(known)
            assert theirs is not None
            assert ours is not None
            assert ours[0] - theirs[0] <= 1


@pytest.mark.parametrize("seed", range(4))
async def test_pages_cut_together_after_a_stop_arrive_in_order(seed: int, tmp_path: Path) -> None:
    async with RoughWorld(seed, tmp_path) as world:
        client, writer = world.client("ara"), world.client("bora")
        await world.run(3 * PAGE_S)
        findings, reader = await read(world, client, BoardReader())
        for stop in range(4):
            for number in range(3):
                take = bytes([stop, number]) * 16
                await writer.exchange(writer.deposit(take, cell(1), middle=2, store=1))
            await world.run(0.6 * PAGE_S)
            world.down = {1}
            world.now += 3 * PAGE_S
            await world.reopen(1)
            world.down = set()
            await world.run(3 * PAGE_S)
        assert equivocations(world) == []
        more, _ = await read(world, client, reader)
        assert findings + more == []
