"""The way of a cell through three real relay cores, and back."""

from pathlib import Path

import pytest

from protocol.board.log import EntryKind
from protocol.board.page import parse_page
from protocol.primitives.days import DAY_S
from protocol.routes.exchange import Status
from protocol.routes.onion import open_reply
from protocol.streams.pigeonhole import Take, hole_of
from relay.errors import StoreFailed
from tests.kits.world import SLOW, START, World, cell

TAKE = b"t" * 32


async def test_cell_goes_to_the_store_is_listed_everywhere_and_comes_back_to_the_shelf() -> None:
    async with World() as world:
        writer, reader = world.client("writer"), world.client("reader")
        assert (await writer.exchange(writer.deposit(TAKE, cell(7)))).status is Status.OK
        await world.run(30)
        for _ in range(6):
            await reader.exchange()
        pages = [parse_page(entry.body) for entry in reader.entries if entry.kind is EntryKind.PAGE]
        listed = [page for page in pages if page.matches([hole_of(Take(TAKE))])]
        assert [page.relay for page in listed] == [2]
        fetch, keys = reader.fetch(TAKE)
        await reader.exchange(fetch=fetch)
        assert reader.replies == []
        await world.run(12)
        await reader.exchange()
        assert open_reply(keys, reader.replies[0]) == cell(7)


async def test_every_relay_shows_the_pages_of_every_relay() -> None:
    async with World() as world:
        await world.run(35)
        for relay in world.relays:
            chains = relay._publisher.board.chains
            heads = [chains.head(peer) for peer in relay.roster.numbers]
            assert all(head is not None and head[0] >= START // 10 + 1 for head in heads)
        assert (
            len({tuple(map(relay._publisher.board.chains.head, relay.roster.numbers)) for relay in world.relays}) == 1
        )


async def test_killed_between_any_two_steps_everything_acknowledged_is_there(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        client = world.client("client")
        await client.exchange(client.deposit(TAKE, cell(5)))
        for second in range(12):
            await world.run(1)
            await world.reopen(second % 3)
        fetch, keys = client.fetch(TAKE)
        await client.exchange(fetch=fetch)
        for second in range(20):
            await world.reopen((second + 1) % 3)
            await world.run(1)
        await world.reopen(0)
        await client.exchange()
        assert open_reply(keys, client.replies[0]) == cell(5)
        assert (await client.exchange()).reply is None


async def test_peer_that_comes_back_gets_everything() -> None:
    async with World() as world:
        client = world.client("client")
        world.down.add(2)
        await client.exchange(client.deposit(TAKE, cell(6)))
        await world.run(200)
        world.down.clear()
        await world.run(90)
        fetch, keys = client.fetch(TAKE)
        await client.exchange(fetch=fetch)
        await world.run(20)
        await client.exchange()
        assert open_reply(keys, client.replies[0]) == cell(6)
        waiting = {len(relay._state.pool) for relay in world.relays}
        assert waiting == {0}


async def test_start_makes_nothing_due_later_than_27_mean_holds(tmp_path: Path) -> None:
    async with World(tmp_path, constants=SLOW) as world:
        client = world.client("client")
        world.now += DAY_S
        await client.exchange(client.deposit(b"t" * 32, cell(1)))
        world.now -= DAY_S
        await world.reopen(0)
        [(due_ms, _, _, _)] = [e for e in world.relays[0]._state.pool._entries.values() if e[3] == 1]
        assert due_ms <= (world.now + 27 * 300 + 1) * 1000


async def test_a_store_that_refuses_to_the_end_is_closed_all_the_same() -> None:
    """Its connection has a thread, which would keep the program from ending."""
    async with World(count=1) as world:
        connection = world.stores[0]._connection
        world.relays[0]._state.forwarded.append(1)
        await connection.fetch("PRAGMA query_only = ON")
        with pytest.raises(StoreFailed):
            await world.relays.pop().close()
        with pytest.raises(ValueError, match="Connection closed"):
            await connection.fetch("SELECT 1")
