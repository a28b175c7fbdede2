"""A relay whose clock is wrong cuts its pages when the others do, each once, and none of a time that has not come."""

import pytest

from protocol.board.chain import Chain, Chains
from protocol.board.log import EntryKind
from protocol.board.page import parse_page
from protocol.routes.onion import open_reply
from protocol.seams import RelayId
from relay.core.board.pace import QUIET_PAGES, SLACK_PAGES, Pace
from tests.kits.world import SMALL, Client, World, cell

HOUR_S = 3600
PAGE_S = SMALL.page_ms / 1000
TAKE = b"t" * 32


async def read_all(client: Client) -> None:
    while True:
        before = client.cursor
        await client.exchange()
        if client.cursor == before:
            return


async def reader_of(world: World) -> Client:
    """A client that reads from here on, in the middle of a page interval."""
    client = world.client("client")
    await world.run(65)
    await read_all(client)
    return client


def pages(client: Client, relay: int) -> list[int]:
    """Intervals of the pages of a relay that a client has read, in order."""
    found = [parse_page(entry.body) for entry in client.entries if entry.kind is EntryKind.PAGE]
    return [page.interval for page in found if page.relay == relay]


@pytest.mark.parametrize("off_s", [-5 * HOUR_S, 5 * HOUR_S, -20 * HOUR_S, 20 * HOUR_S])
async def test_a_relay_whose_clock_is_wrong_cuts_pages_with_the_others(off_s: float) -> None:
    async with World() as world:
        client = await reader_of(world)
        world.ahead[0] = off_s
        for _ in range(30):
            await world.run(10)
            await read_all(client)
        now = world.roster.constants.interval_of(world.now)
        for relay in (0, 1, 2):
            cut = pages(client, relay)
            assert cut == sorted(set(cut)), "each once"
            assert cut[-1] < now, "none of a time that has not come"
            assert len(cut) >= 30, "and none is missing for long"
        del world.ahead[0]
        await world.run(60)
        await read_all(client)
        cut = pages(client, 0)
        assert cut == sorted(set(cut))
        assert cut[-1] >= now + 4


async def test_what_a_relay_stores_while_its_clock_is_set_back_is_listed_and_found() -> None:
    async with World() as world:
        client = await reader_of(world)
        world.ahead[2] = -5 * HOUR_S
        await client.exchange(client.deposit(TAKE, cell(1)))
        await world.run(60)
        fetch, keys = client.fetch(TAKE)
        await client.exchange(fetch=fetch)
        await world.run(60)
        await read_all(client)
        assert [open_reply(keys, reply) for reply in client.replies] == [cell(1)]
        assert len(pages(client, 2)) > 10


async def test_a_relay_that_nobody_can_correct_waits_until_its_clock_has_caught_up() -> None:
    """Alone, or one of two: nobody tells which clock is right, and a page of the future would be refused."""
    async with World(count=2) as world:
        client = await reader_of(world)
        before = pages(client, 0)
        world.ahead[0] = -120
        await world.run(100)
        await read_all(client)
        assert pages(client, 0) == before
        await world.run(60)
        await read_all(client)
        assert pages(client, 0)[len(before) :] == [before[-1] + 1, before[-1] + 2, before[-1] + 3, before[-1] + 4]


async def test_all_that_slept_together_go_by_their_clocks_again_once_all_are_quiet() -> None:
    async with World() as world:
        client = await reader_of(world)
        world.now += 6 * HOUR_S
        await world.run((QUIET_PAGES + 2) * PAGE_S)
        await read_all(client)
        assert pages(client, 0)[-1] >= world.roster.constants.interval_of(world.now) - 3


@pytest.mark.parametrize("off_s", [-5 * HOUR_S, 5 * HOUR_S, -40, 40])
async def test_one_relay_leads_no_other_away_from_its_clock(off_s: float) -> None:
    async with World() as world:
        client = await reader_of(world)
        world.ahead[2] = off_s
        await world.run(12 * PAGE_S)
        await read_all(client)
        assert pages(client, 0)[-1] == pages(client, 1)[-1] == world.roster.constants.interval_of(world.now) - 1


async def test_a_relay_with_others_that_are_away_goes_by_its_own_clock() -> None:
    async with World() as world:
        client = await reader_of(world)
        world.down = {1, 2}
        await world.run((SLACK_PAGES + QUIET_PAGES + 4) * PAGE_S)
        await read_all(client)
        assert pages(client, 0) == list(range(pages(client, 0)[0], world.roster.constants.interval_of(world.now)))


FAR = 100 * 24 * HOUR_S


@pytest.mark.parametrize(
    ("told", "pages_off"),
    [
        ({1: -1, 2: -1}, 0),
        ({1: 0, 2: 0}, 1),
        ({1: 30, 2: -1}, 0),  # one that dates ahead, alone
        ({1: 30, 2: 40}, 31),
        ({1: FAR, 2: FAR}, 0),  # the head in a descriptor may say anything
        ({1: FAR, 2: 30}, 0),
        ({1: -30, 2: -1}, 0),  # one that repeats old pages, or is behind
        ({1: -30, 2: -40}, -29),
        ({1: -30}, 0),  # and one that is away
        ({1: 1 - SLACK_PAGES - 1, 2: -1 - SLACK_PAGES}, 0),  # on their way
    ],
)
async def test_it_takes_more_than_half_of_all_relays_to_outweigh_a_clock(told: dict[int, int], pages_off: int) -> None:
    async with World() as world:
        pace, own = Pace(world.relays[0]._state), world.roster.constants.interval_of(world.now)
        chains = Chains({RelayId(relay): Chain(own + off, None) for relay, off in told.items()})
        assert pace.interval(chains, world.now) == own + pages_off
