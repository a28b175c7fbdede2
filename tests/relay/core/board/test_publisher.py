"""What a relay publishes of its own: a page for every interval, seals and key blocks."""

from pathlib import Path

from protocol.board.log import EntryKind, parse_seal
from protocol.board.page import parse_page
from protocol.community.descriptor import parse_descriptor
from protocol.primitives.days import DAY_S, day_of
from tests.kits.world import SLOW, Client, World, cell


async def read_all(client: Client) -> None:
    while (response := await client.exchange()).next != response.end:
        pass


async def test_every_interval_has_one_page_and_seals_prove_them() -> None:
    async with World(constants=SLOW) as world:
        client = world.client("client")
        await read_all(client)
        await world.run(DAY_S)
        await read_all(client)
        pages = [parse_page(entry.body) for entry in client.entries if entry.kind is EntryKind.PAGE]
        for relay in world.roster.numbers:
            intervals = [page.interval for page in pages if page.relay == relay]
            assert intervals == list(range(intervals[0], intervals[0] + 23))
        seals = [parse_seal(e.body, world.roster) for e in client.entries if e.kind is EntryKind.SEAL]
        assert {seal.relay for seal in seals} == set(world.roster.numbers)
        assert all(len(seal.others) == 2 for seal in seals[3:])
        assert not [event for noted in world.events for event, _ in noted.seen if event.value == "equivocation_seen"]


async def test_key_block_holds_rosters_descriptors_and_seals_and_begins_its_sheet() -> None:
    async with World(constants=SLOW) as world:
        await world.run(DAY_S)
        client = world.client("newcomer")
        response = await client.exchange()
        assert response.start.offset == 0
        await read_all(client)
        kinds = [entry.kind for entry in client.entries]
        assert kinds[:2] == [EntryKind.MARK, EntryKind.ROSTER]
        found = [parse_descriptor(e.body, world.roster) for e in client.entries if e.kind is EntryKind.DESCRIPTOR]
        assert {descriptor.relay for descriptor in found} == set(world.roster.numbers)
        today = day_of(world.now)
        days = {(descriptor.relay, descriptor.day) for descriptor in found}
        assert days == {(number, day) for number in world.roster.numbers for day in (today, today + 1)}
        assert EntryKind.SEAL in kinds


async def test_page_of_an_interval_cut_short_by_a_stop_is_cut_after_the_start(tmp_path: Path) -> None:
    async with World(tmp_path, count=1, constants=SLOW) as world:
        client = world.client("client")
        await client.exchange(client.deposit(b"t" * 32, cell(1), 0, 0))
        await world.run(3000)
        world.now += 7 * 3600
        await world.reopen(0)
        await world.run(3600)
        await read_all(client)
        pages = [parse_page(entry.body) for entry in client.entries if entry.kind is EntryKind.PAGE]
        assert sum(len(page.values) for page in pages) == 1
        assert len({page.interval for page in pages}) == len(pages)
