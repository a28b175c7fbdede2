"""What a relay does with a packet it could open: a miss is like a hit, and what was seen before causes nothing."""

from collections.abc import Sequence

import pytest

from protocol.board.log import EntryKind
from protocol.board.page import parse_page
from protocol.routes.onion import open_reply
from relay.core.interface import Count
from relay.store.records import TagRow
from relay.store.sqlite.keys import SqliteKeys
from tests.kits.world import World, cell

TAKE = b"t" * 32


async def test_miss_is_answered_like_a_hit() -> None:
    traces = []
    for found in (True, False):
        async with World() as world:
            client = world.client("client")
            await client.exchange(client.deposit(TAKE if found else b"u" * 32, cell(1)))
            await world.run(15)
            fetch, keys = client.fetch(TAKE)
            await client.exchange(fetch=fetch)
            await world.run(15)
            await client.exchange()
            assert open_reply(keys, client.replies[0]) == (cell(1) if found else None)
            traces.append(world.trace)
    assert traces[0] == traces[1]


@pytest.mark.parametrize("count", [1, 2])
async def test_a_small_community_peels_for_itself(count: int) -> None:
    async with World(count=count) as world:
        client = world.client("client")
        middle = store = count - 1
        await client.exchange(client.deposit(TAKE, cell(9), middle, store))
        await world.run(15)
        fetch, keys = client.fetch(TAKE, middle, store)
        await client.exchange(fetch=fetch)
        await world.run(15)
        await client.exchange()
        assert open_reply(keys, client.replies[0]) == cell(9)


async def test_second_deposit_in_a_hole_is_dropped_and_counts_on_the_page() -> None:
    async with World() as world:
        client = world.client("client")
        await client.exchange(client.deposit(TAKE, cell(1)))
        await world.run(8)
        await client.exchange(client.deposit(TAKE, cell(2)))
        await world.run(20)
        for _ in range(6):
            await client.exchange()
        pages = [parse_page(entry.body) for entry in client.entries if entry.kind is EntryKind.PAGE]
        assert sum(len(page.values) for page in pages) == 2
        fetch, keys = client.fetch(TAKE)
        await client.exchange(fetch=fetch)
        await world.run(12)
        await client.exchange()
        assert open_reply(keys, client.replies[0]) == cell(1)


async def test_replayed_packet_causes_nothing() -> None:
    async with World() as world:
        client = world.client("client")
        packet = client.deposit(TAKE, cell(1))
        await client.exchange(packet)
        await client.exchange(packet)
        await world.run(30)
        frames = world.trace
        async with World() as once:
            client = once.client("client")
            await client.exchange(client.deposit(TAKE, cell(1)))
            await client.exchange()
            await once.run(30)
            assert frames == once.trace


async def test_reply_finds_a_renamed_shelf() -> None:
    async with World() as world:
        client = world.client("client")
        await client.exchange(client.deposit(TAKE, cell(3)))
        await world.run(10)
        fetch, keys = client.fetch(TAKE)
        await client.exchange(fetch=fetch)
        await client.exchange(next_shelf=b"n" * 16)
        await world.run(12)
        await client.exchange()
        assert open_reply(keys, client.replies[0]) == cell(3)


async def test_a_box_that_another_process_takes_at_the_same_time_is_acted_on_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As between two transactions of which neither sees what the other has not committed: the claim alone decides."""

    async def blind(self: SqliteKeys, tags: Sequence[TagRow]) -> set[TagRow]:
        return set()

    monkeypatch.setattr(SqliteKeys, "seen_tags", blind)
    async with World() as world:
        client = world.client("client")
        packet = client.deposit(TAKE, cell(1))
        await client.exchange(packet)
        waiting = world.relays[0].waiting
        await client.exchange(packet)
        counts = world.relays[0].counts
        assert (counts[Count.PACKETS_ACCEPTED], counts[Count.PACKETS_REPLAYED]) == (1, 1)
        assert world.relays[0].waiting == waiting
