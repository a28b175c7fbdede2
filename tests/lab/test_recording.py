"""What lab.worlds.recording says of a world is true: routes and holds as drawn, letters where their readers fetched
them."""

import asyncio
from dataclasses import replace

import pytest

from lab.worlds.journeys import Recording
from lab.worlds.recording import recording
from lab.worlds.scenarios import NO_LOSSES, QUICK, START, writing_world
from lab.worlds.scratch import folder_in_memory
from protocol.profile import Profile

SETTING = replace(
    QUICK, profiles=(Profile.STANDARD,) * 2, duration_s=700.0, letters_each=2, guards=(0,), losses=NO_LOSSES
)
TICK_S = SETTING.constants.link_tick_ms / 1000


@pytest.fixture(scope="module")
def record() -> Recording:
    return asyncio.run(_recorded())


async def _recorded() -> Recording:
    with folder_in_memory() as home:
        world = await writing_world(home, SETTING)
        with recording(world) as found:
            await world.run(START + SETTING.duration_s)
        await world.close()
    return found


def test_recorded_ways_and_holds_are_those_that_were_drawn(record: Recording) -> None:
    whole = [way for way in record.journeys() if way.store_in is not None]
    assert len(whole) > 40
    for way in whole:
        route = way.cargo.route
        assert way.guard_in is not None
        assert way.guard_out is not None
        assert way.middle_in is not None
        assert way.middle_out is not None
        assert 0 < way.guard_in - way.slot.at < TICK_S
        assert 0 < way.guard_out - way.guard_in - route.hold_entry_s <= TICK_S + 0.001
        assert 0 < way.middle_out - way.middle_in - route.hold_middle_s <= TICK_S + 0.001


def test_recorded_replies_come_back_to_the_shelf_they_left_from(record: Recording) -> None:
    back = [way for way in record.fetches() if way.shelved is not None]
    assert len(back) > 10
    for way in back:
        assert way.reply_out is not None
        assert way.back_in is not None
        assert way.back_out is not None
        assert way.shelved is not None
        assert 0 < way.back_out - way.back_in - way.cargo.route.hold_back_s <= TICK_S + 0.001
        assert way.reply_out <= way.back_in <= way.back_out <= way.shelved
    collected = {one.hole for one in record.collected if one.hit}
    assert collected
    assert collected <= {way.cargo.hole for way in back}


def test_recorded_letters_are_fetched_by_the_other_and_loops_by_their_owner(record: Recording) -> None:
    left = {way.cargo.hole: way for way in record.deposits()}
    listed = {hole for page in record.pages for hole in page.holes}
    readers = [(way, left[way.cargo.hole]) for way in record.fetches() if way.cargo.contact is not None]
    assert any(deposit.cargo.letter is not None for _, deposit in readers)
    assert any(deposit.cargo.contact == 0 for _, deposit in readers)
    for fetch, deposit in readers:
        own = deposit.cargo.contact == 0
        assert (fetch.slot.client == deposit.slot.client) == own
        assert deposit.cargo.hole in listed
