"""What is erased when its time is over, whoever is away."""

import asyncio

import pytest
from msgspec.structs import replace

from protocol.routes.frames import NO_REF, Frame, FrameKind
from protocol.seams import RelayId
from protocol.sizes import FRAME_BODY_BYTES
from relay.core.interface import Count
from relay.core.retention import LINK_DAYS
from relay.errors import StoreFailed
from tests.kits.links import PROCESS, batch
from tests.kits.world import SLOW, World, cell

TAKE = b"t" * 32
QUARTER_S = 6 * 3600.0
MIDDLE, STORE = 1, 2


async def ways_back(world: World) -> list[int]:
    """How many each relay keeps."""
    return [(await store.ranges("returns", []))[0] for store in world.stores]


async def test_the_way_back_of_a_fetch_is_kept_for_a_day_at_most() -> None:
    async with World() as world:
        world.down.add(STORE)
        client = world.client("client")
        fetch, _ = client.fetch(TAKE, MIDDLE, STORE)
        await client.exchange(fetch=fetch)
        await world.run(15)
        asked = world.now
        assert await ways_back(world) == [1, 1, 0]
        kept = []
        for quarter in range(1, 5):
            world.now = asked + quarter * QUARTER_S
            await world.step()
            kept.append(await ways_back(world))
        assert kept[1] == [1, 1, 0], "a reply may be long on its way"
        assert kept[3] == [0, 0, 0]


async def test_a_checkpoint_that_never_ends_holds_up_neither_pages_nor_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    async with World() as world:
        await world.run(5)
        relay = world.relays[0]
        begun, never = asyncio.Event(), asyncio.Event()

        async def hanging() -> bool:
            begun.set()
            return await never.wait()

        monkeypatch.setattr(world.stores[0], "checkpoint", hanging)
        await world.client("client").exchange(world.client("client").deposit(TAKE, cell(1)))
        assert relay.waiting
        pages = relay.counts[Count.PAGES_CUT]
        world.now += QUARTER_S
        assert relay.next_tidying(world.now) <= world.now
        tidying = asyncio.create_task(relay.tidy(world.now))
        async with asyncio.timeout(5):
            await begun.wait()
        async with asyncio.timeout(5):
            batches = [batch for s in (0, 15, 31) for batch in await relay.run_due(world.now + s)]
        assert not tidying.done()
        assert relay.counts[Count.PAGES_CUT] > pages
        assert 1 in {batch.peer for batch in batches}, "where the deposit goes"
        tidying.cancel()


async def checkpoints(world: World, monkeypatch: pytest.MonkeyPatch, answers: list[bool | Exception]) -> list[float]:
    """When relay 0 empties its store's journal from now on; how each ends is taken from `answers`, while there are."""
    seen: list[float] = []

    async def noted() -> bool:
        seen.append(world.now)
        answer = answers.pop(0) if answers else True
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(world.stores[0], "checkpoint", noted)
    return seen


async def test_the_journal_is_emptied_after_a_start_every_quarter_and_after_keys_have_rotated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with World(constants=SLOW) as world:
        begun = world.now  # an hour after midnight
        seen = await checkpoints(world, monkeypatch, [])
        await world.run(86_400)
        assert seen[0] == begun, "what a start before it erased"
        # What has expired; and at midnight what rotating erased.
        assert [round(at - begun) // 3600 for at in seen[1:]] == [5, 11, 17, 23, 23]


async def test_a_journal_that_somebody_reads_or_that_fails_is_emptied_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async with World() as world:
        relay = world.relays[0]
        seen = await checkpoints(world, monkeypatch, [False, StoreFailed("the disk is full")])
        assert not await relay.tidy(world.now)
        with pytest.raises(StoreFailed):
            await relay.tidy(world.now)
        assert relay.next_tidying(world.now) <= world.now
        assert await relay.tidy(world.now)
        assert len(seen) == 3
        assert relay.next_tidying(world.now) > world.now


async def test_nothing_is_erased_by_a_clock_that_leapt() -> None:
    async with World() as world:
        await world.run(5)
        client = world.client("client")
        await client.exchange(client.deposit(TAKE, cell(1), middle=1, store=0))
        await world.run(60)
        assert (await world.stores[0].ranges("cells", []))[0] == 1
        ahead = world.now + 20 * 86_400
        assert world.relays[0].next_tidying(ahead) > ahead
        assert await world.relays[0].tidy(ahead)
        assert (await world.stores[0].ranges("cells", []))[0] == 1


async def test_cells_are_erased_when_their_time_is_over_and_not_before() -> None:
    async with World(count=1, constants=replace(SLOW, retention_ms=2 * 86_400_000)) as world:
        client = world.client("client")
        await client.exchange(client.deposit(TAKE, cell(1), middle=0, store=0))
        kept = []
        for _ in range(5):
            await world.run(86_400)
            kept.append((await world.stores[0].ranges("cells", []))[0])
        # Days count, so that no time is kept: up to one day more.
        assert kept == [1, 1, 0, 0, 0]


async def test_a_process_of_a_peer_that_is_not_heard_any_more_is_forgotten() -> None:
    async with World(count=2, constants=SLOW) as world:
        body, _ = batch([Frame(FrameKind.PIECE, NO_REF, b"x" * FRAME_BODY_BYTES)])
        await world.relays[0].link(body, world.now)

        async def known() -> bool:
            async with world.stores[0].transaction() as tx:
                return await tx.link(RelayId(1), PROCESS) is not None

        await world.run(LINK_DAYS * 86_400)
        assert await known()
        await world.run(86_400)
        assert not await known()
