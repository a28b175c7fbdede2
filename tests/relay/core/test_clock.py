"""A clock that is wrong erases nothing: nothing is rotated, expired, cut or erased by a day that nobody signed."""

from pathlib import Path
from typing import Final

import pytest

from protocol.board.log import EntryKind
from protocol.board.page import parse_page
from protocol.primitives.days import DAY_S, day_of
from protocol.routes.onion import open_reply
from protocol.streams.pigeonhole import Take, hole_of
from relay.errors import ClockLeapt
from relay.events import Event
from relay.store.records import KeyKind
from tests.kits.world import SLOW, START, Client, World, cell

BEFORE, MEANWHILE, AFTER = b"b" * 32, b"m" * 32, b"a" * 32
HOUR_S: Final = 3600
LEAPS: Final = {
    "-5 h": -5 * HOUR_S,
    "+5 h": 5 * HOUR_S,
    "+20 days": 20 * DAY_S,
    "+400 days": 400 * DAY_S,
    "+800 days": 800 * DAY_S,
}
leaps = pytest.mark.parametrize("leap", LEAPS.values(), ids=LEAPS)
far = pytest.mark.parametrize("leap", [20 * DAY_S, 400 * DAY_S, 800 * DAY_S], ids=["+20", "+400", "+800"])

Held = list[tuple[set[tuple[KeyKind, int, bytes]], int, int]]


async def held(world: World) -> Held:
    """The keys of every relay, and how many cells and replay tags."""
    found: Held = []
    for store in world.stores:
        async with store.transaction() as tx:
            keys = {(row.kind, row.period, row.secret) for row in await tx.keys()}
        found.append((keys, (await store.ranges("cells", []))[0], (await store.ranges("tags", []))[0]))
    return found


def nothing_is_gone(before: Held, after: Held) -> bool:
    pairs = zip(before, after, strict=True)
    return all(old[0] <= new[0] and old[1] <= new[1] and old[2] <= new[2] for old, new in pairs)


async def collect(world: World, client: Client, take: bytes) -> bytes | None:
    """What a fetch brings."""
    fetch, keys = client.fetch(take)
    before = len(client.replies)
    await client.exchange(fetch=fetch)
    await world.run(30)
    await client.exchange()
    return open_reply(keys, client.replies[-1]) if len(client.replies) > before else None


async def start(world: World) -> list[bool]:
    """Start all relays anew; which of them did."""
    started = []
    for number in range(len(world.relays)):
        try:
            await world.reopen(number)
            started.append(True)
        except ClockLeapt:
            started.append(False)
    return started


@leaps
async def test_a_clock_that_was_wrong_at_start_has_erased_nothing(tmp_path: Path, leap: float) -> None:
    async with World(tmp_path) as world:
        client = world.client("client")
        world.now += 6 * HOUR_S  # a clock that is five hours behind is not before the roster's day
        await world.run(20)
        await client.exchange(client.deposit(BEFORE, cell(1)))
        await world.run(30)
        before, right = await held(world), world.now
        world.now += leap
        started = await start(world)
        assert started == [leap < 30 * DAY_S] * 3
        if all(started):
            await world.run(60)
        world.now = right + 60
        assert await start(world) == [True] * 3
        assert nothing_is_gone(before, await held(world)), [(len(keys), *rest) for keys, *rest in await held(world)]
        await world.run(30)
        assert await collect(world, client, BEFORE) == cell(1)
        await client.exchange(client.deposit(AFTER, cell(3)))
        await world.run(30)
        assert await collect(world, client, AFTER) == cell(3)


@leaps
async def test_a_clock_that_is_wrong_for_a_while_erases_nothing(tmp_path: Path, leap: float) -> None:
    async with World(tmp_path) as world:
        client = world.client("client")
        await client.exchange(client.deposit(BEFORE, cell(1)))
        await world.run(30)
        before, right = await held(world), world.now
        world.now += leap
        await world.run(60)
        world.now = right + 60
        await world.run(30)
        assert nothing_is_gone(before, await held(world)), [(len(keys), *rest) for keys, *rest in await held(world)]
        assert await collect(world, client, BEFORE) == cell(1)
        await client.exchange(client.deposit(AFTER, cell(3)))
        await world.run(30)
        assert await collect(world, client, AFTER) == cell(3)


@far
async def test_a_relay_that_waits_answers_in_the_one_size_and_says_so_once(leap: float) -> None:
    """What it takes in meanwhile is listed on the page of the time that it stands still at."""
    async with World() as world:
        client = world.client("client")
        await world.run(30)
        key_block = await world.relays[0].exchanges([client.request()[0]], world.now)
        right = world.now
        world.now += leap
        await world.run(20)
        answers = await world.relays[0].exchanges([client.request()[0]], world.now)
        assert [len(answer) for answer in answers] == [len(answer) for answer in key_block]
        await client.exchange(client.deposit(MEANWHILE, cell(2)))
        await world.run(40)
        for noted in world.events:
            assert [event for event, _ in noted.seen].count(Event.CLOCK_LEAPT) == 1
        world.now = right + 60
        await world.run(60)
        assert await collect(world, client, MEANWHILE) == cell(2)
        for _ in range(20):
            await client.exchange()
        pages = [parse_page(entry.body) for entry in client.entries if entry.kind is EntryKind.PAGE]
        assert [page.relay for page in pages if page.matches([hole_of(Take(MEANWHILE))])] == [2]


async def test_a_relay_that_was_off_for_three_weeks_starts_when_others_say_the_same(tmp_path: Path) -> None:
    async with World(tmp_path, constants=SLOW) as world:
        world.down.add(2)
        for _ in range(21 * 6):
            world.now += 4 * HOUR_S
            await world.step()
        await world.reopen(2)
        world.down.clear()
        assert _day(world, 2) == day_of(START) + 1
        await world.run(1800)
        assert _day(world, 2) == day_of(world.now) + 1


async def test_all_relays_off_for_three_weeks_start_without_help_after_an_hour(tmp_path: Path) -> None:
    async with World(tmp_path, count=1, constants=SLOW) as world:
        world.now += 21 * DAY_S
        await world.reopen(0)
        await world.run(HOUR_S - 60)
        assert _day(world, 0) == day_of(START) + 1
        await world.run(120)
        assert _day(world, 0) == day_of(world.now) + 1


async def test_a_clock_that_is_a_year_ahead_is_not_believed_for_being_so_for_long() -> None:
    async with World(count=1, constants=SLOW) as world:
        world.now += 365 * DAY_S
        await world.run(DAY_S)
        assert _day(world, 0) == day_of(START) + 1


async def test_the_operator_may_say_that_the_clock_is_right(tmp_path: Path) -> None:
    async with World(tmp_path, count=1, constants=SLOW) as world:
        world.now += 200 * DAY_S
        before = await held(world)
        assert await start(world) == [False]
        await world.reopen(0, clock_is_right=True)
        assert _day(world, 0) == day_of(world.now) + 1
        await world.run(HOUR_S)
        assert not before[0][0] & (await held(world))[0][0]


def _day(world: World, number: int) -> int:
    """The newest day that a relay has signed."""
    found = world.relays[number].descriptor
    assert found is not None
    return found.day
