"""What a relay publishes of its own: a page for every interval, seals and key blocks."""

from pathlib import Path

from protocol.board.agreement import Words
from protocol.board.log import EntryKind, Seal, parse_seal
from protocol.board.page import parse_page
from protocol.community.descriptor import descriptor_hash, parse_descriptor
from protocol.primitives.days import DAY_S, day_of
from protocol.seams import RelayId
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


def what_is_told(client: Client) -> tuple[Words, dict[tuple[int, int], bytes]]:
    """What a reader of the whole board knows: the newest seals, and the hash of each descriptor by relay and day."""
    roster = client.world.roster
    seals: dict[RelayId, Seal] = {}
    held: dict[tuple[int, int], bytes] = {}
    for entry in client.entries:
        if entry.kind is EntryKind.SEAL:
            seal = parse_seal(entry.body, roster)
            if seal.relay not in seals or seal.interval >= seals[seal.relay].interval:
                seals[seal.relay] = seal
        elif entry.kind is EntryKind.DESCRIPTOR:
            found = parse_descriptor(entry.body, roster)
            assert held.setdefault((found.relay, found.day), descriptor_hash(entry.body)) == descriptor_hash(entry.body)
    return Words(seals, roster.numbers, roster.constants), held


async def test_keys_stay_agreed_over_midnights_with_one_of_three_down_and_after_restarts(tmp_path: Path) -> None:
    async with World(tmp_path, constants=SLOW) as world:
        await world.run(DAY_S / 2)
        world.down = {2}
        for name in ("a day", "two"):
            await world.run(DAY_S)
            await world.reopen(1)
            await world.run(7200)
            reader = world.client(name)
            await read_all(reader)
            words, held = what_is_told(reader)
            today = day_of(world.now)
            for owner in (0, 1):
                for day in (today, today + 1):
                    assert words.agree(RelayId(owner), day, held[owner, day])
                    assert not words.disagree(RelayId(owner), day, held[owner, day])
            assert (2, today + 1) not in held, "whoever is down publishes nothing"
        world.down = set()
        await world.run(DAY_S)
        reader = world.client("all")
        await read_all(reader)
        words, held = what_is_told(reader)
        today = day_of(world.now)
        assert all(words.agree(owner, today, held[owner, today]) for owner in world.roster.numbers)


async def test_a_relay_that_has_just_started_has_its_keys_agreed_within_the_minute() -> None:
    async with World(constants=SLOW) as world:  # a page lasts an hour
        await world.run(60)
        reader = world.client("newcomer")
        await read_all(reader)
        words, held = what_is_told(reader)
        today = day_of(world.now)
        assert all(
            words.agree(owner, day, held[owner, day]) for owner in world.roster.numbers for day in (today, today + 1)
        )
