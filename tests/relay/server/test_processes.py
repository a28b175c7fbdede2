"""Several processes of one relay on one PostgreSQL: all arrives, nothing twice; what is to happen once happens once."""

import asyncio
import contextlib

import pytest

from lab.processes.postgres import Cluster
from protocol.board.log import EntryKind, EntryReader
from protocol.community.tickets import make_ticket
from protocol.errors import ProtocolError
from protocol.primitives.days import DAY_S, day_of
from protocol.primitives.sealed_box import box_tag
from protocol.profile import Profile
from protocol.routes import onion
from protocol.routes.exchange import LATEST_KEY_BLOCK, PassKind, Request, Status, open_response, seal_request
from protocol.routes.onion import ReplyKeys, open_reply
from protocol.seams import RelayId
from protocol.sizes import FETCH_FIELD_BYTES, PACKET_FIELD_BYTES, RESPONSE_BYTES, STRETCH_BYTES
from protocol.streams.pigeonhole import Take, hole_of
from relay.core.interface import Count
from relay.errors import StoreAway, StoreFailed
from relay.store.address import PostgresAddress, parse_address
from relay.store.records import KeyKind
from tests.conftest import on_postgres
from tests.kits.poison import plant
from tests.kits.sharers import SharedWorld
from tests.kits.world import DESK, START, cell, door, seeded

pytestmark = on_postgres
RESPONSE_KEY = b"k" * 32


@pytest.fixture
def address(postgres: Cluster) -> PostgresAddress:
    return parse_address(postgres.new_database())


async def board_of(world: SharedWorld, number: int) -> list[bytes]:
    """Every entry that one process serves, from the latest key block on."""
    process = world.sharers.processes[number]
    reader, entries, cursor = EntryReader(), [], LATEST_KEY_BLOCK
    async with process._begin(world.now) as work:
        while True:
            [(stretch, data)] = await process._publisher.board.read(
                work.tx, [(cursor, STRETCH_BYTES[Profile.STANDARD])]
            )
            found, reader = reader.feed(stretch.start, stretch.next, data)
            entries += [entry.encode() for entry in found]
            if stretch.next == stretch.end:
                return entries
            cursor = stretch.next


async def found_cells(world: SharedWorld, takes: list[bytes]) -> list[bytes | None]:
    """What relay 2 holds in these pigeonholes."""
    holes = [bytes(hole_of(Take(take))) for take in takes]
    async with world.stores[1].transaction() as tx:
        cells = await tx.cells(holes)
    return [cells.get(hole) for hole in holes]


def cells_in(replies: list[bytes], keys: list[ReplyKeys]) -> set[bytes]:
    """What the replies carry, whichever key opens which."""
    cells = set()
    for reply in replies:
        for reply_keys in keys:
            with contextlib.suppress(ProtocolError):
                cells.add(open_reply(reply_keys, reply) or b"")
    return cells


async def test_a_cell_is_left_and_fetched_through_whichever_process(address: PostgresAddress) -> None:
    async with SharedWorld(address) as world:
        client = world.client("client")
        takes = [bytes([n]) * 32 for n in range(6)]
        for number, take in enumerate(takes):
            await client.exchange(client.deposit(take, cell(number)))
        await world.run(15)
        keys = []
        for take in takes:
            fetch, reply_keys = client.fetch(take)
            await client.exchange(fetch=fetch)
            keys.append(reply_keys)
        await world.run(15)
        for _ in takes:
            await client.exchange()
        assert cells_in(client.replies, keys) == {cell(number) for number in range(6)}
        assert len(client.replies) == 6
        # Both took part; who sends is whoever takes first.
        assert all(process.counts[Count.EXCHANGES_OK] > 3 for process in world.sharers.processes)
        assert all(process.counts[Count.BATCHES_HEARD] for process in world.sharers.processes)
        async with world.sharers.stores[0].transaction() as tx:
            assert [entry for entry in await tx.pool() if entry[0] < world.now * 1000 - 2000] == []


async def test_pages_and_keys_are_made_once_and_every_process_knows_them(address: PostgresAddress) -> None:
    async with SharedWorld(address, processes=3) as world:
        await world.run(35)
        pages = world.sharers.counts[Count.PAGES_CUT]
        assert pages == world.relays[1].counts[Count.PAGES_CUT]
        world.now = START - 3600 + DAY_S + 1
        await world.run(25)
        boards = [await board_of(world, number) for number in range(3)]
        assert boards[0] == boards[1] == boards[2]
        assert len(set(boards[0])) == len(boards[0]) > 6
        rings = [process._state.ring.rows for process in world.sharers.processes]
        assert rings[0] == rings[1] == rings[2]
        days = [row.period for row in rings[0] if row.kind is KeyKind.DAY]
        assert days == [day_of(START), day_of(START) + 1, day_of(START) + 2]
        # Which link key of ours a peer has is known to all, whichever process announced it.
        known = [process._peers._link_state(RelayId(1)).announced_day for process in world.sharers.processes]
        assert known == [day_of(START) + 2] * 3
        # A client that seals to the new key is understood by all of them.
        client = world.client("client")
        for _ in range(3):
            assert (await client.exchange()).status is Status.OK
        assert world.relays[1].counts[Count.BATCHES_REFUSED] == 0
        assert not [event for noted in world.events for event, _ in noted.seen if event.value == "equivocation_seen"]
        assert EntryKind.PAGE.value in {entry[0] for entry in boards[0]}


async def test_what_a_killed_process_had_taken_is_handed_on_by_another_one_and_taken_once(
    address: PostgresAddress,
) -> None:
    async with SharedWorld(address) as world:
        await world.run(5)  # until the relays have each other's keys: before, only pieces of the board travel
        client = world.client("client")
        takes = [bytes([n]) * 32 for n in range(8)]
        for number, take in enumerate(takes):
            await client.exchange(client.deposit(take, cell(number)))
        first = world.sharers.processes[0]
        world.now += 5
        batches = await first.run_due(world.now)
        sent = [batch for batch in batches if batch.peer == 1]
        assert sent
        # The peer takes them, and the process is killed before it hears so.
        for batch in sent:
            await world.relays[1].link(batch.body, world.now)
        assert await world.sharers.living() == 2
        await world.sharers.kill(0)
        await world.run(25)
        rows = dict(zip(takes, await found_cells(world, takes), strict=True))
        assert rows == {take: cell(number) for number, take in enumerate(takes)}
        assert world.relays[1].counts[Count.PACKETS_ACCEPTED] == len(takes)
        assert world.relays[1].counts[Count.PACKETS_REPLAYED] > 0
        await world.sharers.start()
        await world.run(5)
        assert await world.sharers.living() == 2


async def test_a_box_that_two_processes_get_at_once_counts_once(address: PostgresAddress) -> None:
    async with SharedWorld(address) as world:
        client = world.client("client")
        for number in range(4):
            body, _ = client.request(client.deposit(bytes([number]) * 32, cell(number)))
            await asyncio.gather(*(process.exchanges([body], world.now) for process in world.sharers.processes))
        counts = world.sharers.counts
        assert (counts[Count.PACKETS_ACCEPTED], counts[Count.PACKETS_REPLAYED]) == (4, 4)
        assert counts[Count.EXCHANGES_OK] == 8
        assert (await world.sharers.stores[0].ranges("shelves", []))[0] == 1


async def test_a_ticket_admits_one_shelf_though_two_come_at_once(address: PostgresAddress) -> None:
    async with SharedWorld(address) as world:
        for number in range(5):
            community, until = world.roster.community_key, day_of(START) + 5
            one_use = make_ticket(DESK, community, (RelayId(0), RelayId(1)), until, seeded(f"ticket {number}")).encode()
            bodies = [with_ticket(world, f"{number} {place}", one_use) for place in range(2)]
            answers = await asyncio.gather(
                *(p.exchanges([body], world.now) for p, body in zip(world.sharers.processes, bodies, strict=True))
            )
            statuses = {open_response(RESPONSE_KEY, answer).status for [answer] in answers}
            assert statuses == {Status.OK, Status.REFUSED}


def with_ticket(world: SharedWorld, name: str, one_use: bytes) -> bytes:
    """A request of a new client that asks to be let in."""
    client = world.client(name)
    request = Request(
        Profile.STANDARD, PassKind.TICKET, one_use, client.shelf, client.shelf, 1, 1, RESPONSE_KEY, LATEST_KEY_BLOCK,
        onion.seal_discard(None, PACKET_FIELD_BYTES, client.entropy),
        onion.seal_discard(None, FETCH_FIELD_BYTES, client.entropy),
    )  # fmt: skip
    return seal_request(request, door(0), client.entropy)


async def test_a_connection_cut_by_the_server_fails_one_group_and_is_opened_again(
    address: PostgresAddress, postgres: Cluster
) -> None:
    async with SharedWorld(address) as world:
        client = world.client("client")
        await client.exchange(client.deposit(b"t" * 32, cell(1)))
        postgres.restart()
        for process in world.sharers.processes:
            body, _ = client.request()
            with contextlib.suppress(StoreAway):
                await process.exchanges([body], world.now)
            assert len((await process.exchanges([body], world.now))[0]) == RESPONSE_BYTES[Profile.STANDARD]
        assert (await client.exchange()).status is Status.OK
        await world.run(20)
        assert await found_cells(world, [b"t" * 32]) == [cell(1)]


async def test_while_the_server_is_away_nothing_is_acknowledged_and_nothing_is_told_of_its_address(
    address: PostgresAddress, postgres: Cluster
) -> None:
    async with SharedWorld(address, processes=1) as world:
        client = world.client("client")
        postgres.stop()
        try:
            for _ in range(3):
                body, _ = client.request()
                with pytest.raises(StoreAway) as away:
                    await world.relays[0].exchanges([body], world.now)
                assert not any(part in str(away.value) for part in (address.password, address.user, str(address.port)))
        finally:
            postgres.start()
        assert (await client.exchange()).status is Status.OK


async def test_a_transaction_that_lost_its_connection_never_goes_on_on_another_one(address: PostgresAddress) -> None:
    async with SharedWorld(address, processes=1) as world:
        store = world.sharers.stores[0]

        async def lose_it() -> None:
            async with store.transaction() as tx:
                await tx.pool()
                store._session.drop()
                tx.set_state({"lost": 1})
                await tx.pool()

        with pytest.raises(StoreFailed):
            await lose_it()
        async with store.transaction() as tx:
            assert "lost" not in await tx.state()


async def test_counts_of_a_page_are_shared(address: PostgresAddress) -> None:
    async with SharedWorld(address, processes=3) as world:
        await world.run(6)
        assert [process._state.fair.processes for process in world.sharers.processes] == [3, 3, 3]


async def test_groups_that_want_the_same_rows_in_any_order_never_wait_for_each_other(address: PostgresAddress) -> None:
    async with SharedWorld(address, processes=3) as world:
        clients = [world.client(f"client {number}") for number in range(6)]
        for turn in range(4):
            # Every process gets every request, boxes and shelves included, in an order of its own.
            bodies = [
                client.request(client.deposit(bytes([turn, n]) * 16, cell(n)))[0] for n, client in enumerate(clients)
            ]
            orders = [bodies, bodies[::-1], bodies[3:] + bodies[:3]]
            await asyncio.gather(
                *(p.exchanges(group, world.now) for p, group in zip(world.sharers.processes, orders, strict=True))
            )
        counts = world.sharers.counts
        assert (counts[Count.EXCHANGES_OK], counts[Count.PACKETS_ACCEPTED]) == (72, 24)
        assert (await world.sharers.stores[0].ranges("shelves", []))[0] == 6
        await world.run(20)
        takes = [bytes([turn, n]) * 16 for turn in range(4) for n in range(6)]
        assert await found_cells(world, takes) == [cell(n) for _ in range(4) for n in range(6)]


async def test_one_row_that_cannot_be_peeled_keeps_nothing_back(
    address: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with SharedWorld(address) as world:
        await world.run(5)
        poison: set[bytes] = set()
        plant(monkeypatch, poison)
        client = world.client("client")
        takes = [bytes([n]) * 32 for n in range(6)]
        for number, take in enumerate(takes):
            await client.exchange(client.deposit(take, cell(number), middle=0))
        async with world.sharers.stores[0].transaction() as tx:
            waiting = [entry[1] for entry in await tx.pool() if entry[2] == 0]
            rows = await tx.packets(waiting)
        assert len(rows) == len(takes)
        poison.add(box_tag(rows[2].body))
        await world.run(40)
        found = await found_cells(world, takes)
        assert sum(body is not None for body in found) == len(takes) - 1
        assert world.sharers.counts[Count.POISONED] == 1
        async with world.sharers.stores[0].transaction() as tx:
            assert await tx.packets(waiting) == []
