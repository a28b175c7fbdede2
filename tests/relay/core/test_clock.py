"""A clock that is wrong erases nothing: nothing is rotated, expired, cut or erased by a day that nobody signed."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from lab.processes.postgres import Cluster
from protocol.board.log import Entry, EntryKind
from protocol.board.page import parse_page
from protocol.board.pieces import split_entry
from protocol.community.descriptor import sign_descriptor
from protocol.primitives.days import DAY_S, day_of
from protocol.routes.frames import FrameKind
from protocol.routes.onion import open_reply
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Take, hole_of
from relay.core.interface import Count
from relay.errors import ClockLeapt
from relay.events import Event
from relay.store.address import parse_address
from relay.store.interface import Store
from relay.store.records import KeyKind
from tests.conftest import on_postgres
from tests.kits.sharers import SharedWorld
from tests.kits.world import SLOW, START, Client, World, cell, relay_keys

BEFORE, MEANWHILE, AFTER = b"b" * 32, b"m" * 32, b"a" * 32
HOUR_S: Final = 3600
LEAPS: Final = {
    "-5 h": -5 * HOUR_S,
    "+5 h": 5 * HOUR_S,
    "+2 days": 2 * DAY_S,
    "+20 days": 20 * DAY_S,
    "+400 days": 400 * DAY_S,
    "+800 days": 800 * DAY_S,
}


def _leaps(always: Sequence[str], names: Sequence[str] = tuple(LEAPS)) -> pytest.MarkDecorator:
    """By how far the clock is wrong; all but some of it in long runs alone."""
    cases = [pytest.param(LEAPS[n], id=n, marks=() if n in always else pytest.mark.long) for n in names]
    return pytest.mark.parametrize("leap", cases)


leaps = _leaps(["-5 h", "+20 days", "+800 days"])
far = _leaps(["+400 days"], ["+20 days", "+400 days", "+800 days"])

Held = list[tuple[set[tuple[KeyKind, int, bytes]], int, int]]


async def held(stores: Sequence[Store]) -> Held:
    """The keys of every relay, and how many cells and replay tags."""
    found: Held = []
    for store in stores:
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
        before, right = await held(world.stores), world.now
        world.now += leap
        started = await start(world)
        assert started == [leap < 30 * DAY_S] * 3
        if all(started):
            await world.run(60)
        world.now = right + 60
        assert await start(world) == [True] * 3
        assert nothing_is_gone(before, await held(world.stores)), [
            (len(keys), *rest) for keys, *rest in await held(world.stores)
        ]
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
        before, right = await held(world.stores), world.now
        world.now += leap
        await world.run(60)
        world.now = right + 60
        await world.run(30)
        assert nothing_is_gone(before, await held(world.stores)), [
            (len(keys), *rest) for keys, *rest in await held(world.stores)
        ]
        assert await collect(world, client, BEFORE) == cell(1)
        await client.exchange(client.deposit(AFTER, cell(3)))
        await world.run(30)
        assert await collect(world, client, AFTER) == cell(3)


@on_postgres
@_leaps(["+20 days"])
async def test_processes_that_share_a_database_erase_nothing_by_a_wrong_clock(postgres: Cluster, leap: float) -> None:
    """While two run, and when a third one starts."""
    async with SharedWorld(parse_address(postgres.new_database())) as world:
        client, stores = world.client("client"), world.sharers.stores
        world.now += 6 * HOUR_S
        await world.run(40)
        await client.exchange(client.deposit(BEFORE, cell(1), 1, 0))
        await world.run(30)
        before, right = await held(stores[:1]), world.now
        assert before[0][1:] == (1, 2)
        world.now += leap
        await world.run(30)
        with pytest.raises(ClockLeapt) if leap > 30 * DAY_S else nullcontext():
            await world.sharers.start()
        await world.run(30)
        world.now = right + 60
        await world.run(30)
        assert nothing_is_gone(before, await held(stores[:1]))
        fetch, keys = client.fetch(BEFORE, 1, 0)
        await client.exchange(fetch=fetch)
        await world.run(30)
        await client.exchange()
        assert [open_reply(keys, reply) for reply in client.replies] == [cell(1)]


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


async def test_a_relay_that_was_off_for_ten_days_starts_when_others_say_the_same(tmp_path: Path) -> None:
    async with World(tmp_path, constants=SLOW) as world:
        world.down.add(2)
        for _ in range(10 * 2):
            world.now += 12 * HOUR_S
            await world.step()
        await world.reopen(2)
        world.down.clear()
        assert _day(world, 2) == day_of(START) + 1
        await world.run(600)
        assert _day(world, 2) == day_of(world.now) + 1


async def test_a_relay_that_was_off_for_six_days_starts_without_help_after_three_pages(tmp_path: Path) -> None:
    async with World(tmp_path, count=1, constants=SLOW) as world:
        world.now += 6 * DAY_S
        await world.reopen(0)
        await world.run(3 * HOUR_S - 60)
        assert _day(world, 0) == day_of(START) + 1
        await world.run(120)
        assert _day(world, 0) == day_of(world.now) + 1


async def test_a_clock_that_others_contradict_is_not_believed_for_being_so_for_long() -> None:
    """Relay 0 is six days ahead, and hears the pages of those that are not."""
    async with World(constants=SLOW) as world:
        world.ahead[0] = 6 * DAY_S
        for _ in range(24):
            world.now += 900
            await world.step()
        assert _day(world, 0) == day_of(START) + 1


async def test_a_leap_of_the_clock_is_no_hour_in_which_nobody_said_anything() -> None:
    """Set ahead by days, and a moment later by an hour more, before anybody could have cut a page."""
    async with World(constants=SLOW) as world:
        client = world.client("client")
        await client.exchange(client.deposit(BEFORE, cell(1)))
        await world.run(60)
        before = await held(world.stores)
        assert before[2][1] == 1
        for leap in (7 * DAY_S, 2 * HOUR_S, HOUR_S):
            world.ahead[2] = world.ahead.get(2, 0.0) + leap
            for _ in range(2):
                world.now += 5
                await world.step()
        assert nothing_is_gone(before, await held(world.stores))


@pytest.mark.parametrize("count", [1, 3])
async def test_a_clock_that_is_three_weeks_ahead_is_not_believed_for_being_so_for_long(count: int) -> None:
    """Nor are relays that all have the same wrong clock: none of them is the first to sign."""
    async with World(count=count, constants=SLOW) as world:
        before = await held(world.stores)
        world.now += 21 * DAY_S
        for _ in range(24):
            world.now += HOUR_S
            await world.step()
        assert _day(world, 0) == day_of(START) + 1
        assert await held(world.stores) == before


@pytest.mark.parametrize(("count", "liars", "believed"), [(3, 0, False), (3, 1, True), (5, 1, False), (5, 2, True)])
async def test_it_takes_a_majority_to_confirm_a_clock_that_has_leapt(count: int, liars: int, believed: bool) -> None:
    """Ours is one of those that say so: of three relays one other, of five two others."""
    async with World(count=count, constants=SLOW) as world:
        await world.run(120)
        world.now += 400 * DAY_S
        relay = world.relays[0]
        async with relay._begin(world.now, alone=True) as work:
            for liar in range(1, 1 + liars):
                known = relay._descriptors.newest(RelayId(liar))
                assert known is not None
                lie = replace(known, day=day_of(world.now))
                relay._descriptors.keep(work, lie, sign_descriptor(lie, relay_keys(liar).identity_secret))
        assert relay._clock.leapt(world.now) is not believed


async def test_no_relay_makes_another_believe_a_day_that_its_own_clock_does_not_show() -> None:
    """Three of five sign a day of next year; whose clock is right takes none of it."""
    async with World(count=5, constants=SLOW) as world:
        await world.run(120)
        for liar in (1, 2, 3):
            known = world.relays[0]._descriptors.newest(RelayId(liar))
            assert known is not None
            body = sign_descriptor(replace(known, day=known.day + 400), relay_keys(liar).identity_secret)
            relay = world.relays[0]
            async with relay._begin(world.now, alone=True) as work:
                for piece in split_entry(Entry(EntryKind.DESCRIPTOR, body).encode()):
                    await relay._gossip.receive(work, RelayId(liar), [piece])
            newest = relay._descriptors.newest(RelayId(liar))
            assert newest == known


async def test_what_was_put_off_by_a_clock_that_was_ahead_is_not_put_off_until_its_time_comes() -> None:
    """Packets in the pool; erasing; each after the longest hold, or in the next quarter of a day."""
    async with World() as world:
        client = world.client("client")
        await world.run(30)
        right, world.now = world.now, world.now + 20 * HOUR_S
        await world.run(1)
        await client.exchange(client.deposit(MEANWHILE, cell(2)))
        world.now = right + 60
        before = world.relays[0].counts[Count.BATCHES_SHIPPED]
        await world.run(27 * 2 + 2)
        assert world.relays[0].counts[Count.BATCHES_SHIPPED] > before
        assert world.relays[1].counts[Count.PACKETS_ACCEPTED] == 1
        assert world.relays[0]._retention.next_due(world.now) <= world.now + 6 * HOUR_S


async def test_board_pieces_leave_in_their_order_after_a_clock_that_was_ahead() -> None:
    """A page that overtakes another one looks like a relay that tells two stories."""
    async with World() as world:
        await world.run(30)
        right, world.now = world.now, world.now + 20 * HOUR_S
        for _ in range(6):
            world.now += 10
            await world.relays[0].run_due(world.now)  # nothing is answered
        world.now = right + 60
        await world.relays[0].run_due(world.now)
        dues = [due for due, _, peer, kind in world.relays[0]._state.pool._entries.values() if kind == FrameKind.PIECE]
        assert len(dues) >= 8
        by_entry = sorted(dues)
        assert by_entry[-1] <= (world.now + 27 * 2 + 1) * 1000
        assert len(set(dues)) * 2 == len(dues)  # each entry has a tick of its own, for two peers


async def test_a_clock_that_went_back_is_told_once_each_time(tmp_path: Path) -> None:
    def told() -> int:
        return [event for event, _ in world.events[0].seen].count(Event.CLOCK_WENT_BACK)

    async with World(tmp_path, count=1, constants=SLOW) as world:
        await world.run(6 * HOUR_S)
        right = world.now
        world.now -= 50  # as who keeps time may put it
        await world.run(1)
        assert told() == 0
        world.now = right - 5 * HOUR_S
        await world.run(60)
        assert told() == 1
        world.now = right
        await world.run(60)
        world.now = right - 5 * HOUR_S
        await world.reopen(0)
        assert told() == 2


async def test_what_a_wrong_word_of_the_operator_did_is_taken_back_by_a_right_one(tmp_path: Path) -> None:
    """Relay 2 ran three weeks ahead: no page, and none of its keys open, for as long; then two days at most."""
    async with World(tmp_path) as world:
        client = world.client("client")
        await world.run(65)
        world.ahead[2] = 20 * DAY_S
        await world.reopen(2, clock_is_right=True)
        await world.run(65)
        del world.ahead[2]
        await world.reopen(2)
        cut = world.relays[2].counts[Count.PAGES_CUT]
        await world.run(65)
        assert world.relays[2].counts[Count.PAGES_CUT] == cut == 0
        await world.reopen(2, clock_is_right=True)
        await world.run(68)
        assert world.relays[2].counts[Count.PAGES_CUT] == 7
        chains = world.relays[0]._publisher.board.chains
        assert chains.heard(RelayId(2)) == world.roster.constants.interval_of(world.now) - 1
        for last in (False, False, False, False, False, True):
            world.now += 8 * HOUR_S
            await world.run(40 if last else 12)
        assert _day(world, 2) == day_of(world.now) + 1
        assert _day(world, 2) == max(d.day for d in world.relays[0]._descriptors.of(RelayId(2)))
        await client.exchange(client.deposit(AFTER, cell(3)))
        await world.run(30)
        assert await collect(world, client, AFTER) == cell(3)
        for noted in world.events[:2]:
            assert Event.EQUIVOCATION_SEEN not in [event for event, _ in noted.seen]
        async with world.stores[2].transaction() as tx:
            assert max(await tx.sheet_lengths()) <= world.roster.constants.interval_of(world.now)


async def test_the_operator_may_say_that_the_clock_is_right(tmp_path: Path) -> None:
    async with World(tmp_path, count=1, constants=SLOW) as world:
        world.now += 200 * DAY_S
        before = await held(world.stores)
        assert await start(world) == [False]
        await world.reopen(0, clock_is_right=True)
        assert _day(world, 0) == day_of(world.now) + 1
        await world.run(HOUR_S)
        assert not before[0][0] & (await held(world.stores))[0][0]


def _day(world: World, number: int) -> int:
    """The newest day that a relay has signed."""
    found = world.relays[number].descriptor
    assert found is not None
    return found.day
