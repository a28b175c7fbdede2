"""A relay that was taken off the roster learns it from the board of another, and from nothing that another says."""

from pathlib import Path

import pytest

from lab.worlds.scenarios import QUICK, START
from lab.worlds.world import World
from protocol.board.log import Entry, EntryKind
from protocol.errors import ProtocolError
from protocol.seams import RelayId
from relay.core.links.membership import OFF_ROSTER, find_rosters
from relay.core.service import RelayService
from relay.errors import RosterProblem

OFF = RelayId(2)


async def world_without(home: Path) -> tuple[World, RelayService]:
    """Three relays, of which the others follow a roster without the third, which was told nothing."""
    world = await World.make(home, seed=4, start=START, constants=QUICK.constants)
    await world.run(START + 60)
    off = world.relays[OFF].service
    assert not off.unheard
    world.sign_roster(without={OFF})
    await world.restart_relay(RelayId(0), new_files=True)
    await world.run(START + 300)
    return world, off


async def test_a_relay_that_was_taken_off_is_unheard_asks_and_learns_it(tmp_path: Path) -> None:
    world, off = await world_without(tmp_path)
    assert (off.unheard, off.is_off_roster) == (True, False)
    question = off.ask(RelayId(1))
    (answer,) = await world.relays[RelayId(1)].service.exchanges([question.body], world.now)
    await off.take_answer(question, answer, world.now)
    assert (off.unheard, off.is_off_roster) == (True, True)
    async with off._store.transaction() as tx:
        assert (await tx.state())[OFF_ROSTER] == world.community.roster.version
    with pytest.raises(RosterProblem, match="taken this relay off its roster"):
        await world.restart_relay(OFF)
    for number in (RelayId(0), RelayId(1)):
        await world.stop_relay(number)


async def test_no_answer_of_another_relay_takes_anybody_off(tmp_path: Path) -> None:
    """Bytes of any kind, the answer to another question, and a roster that the community did not sign."""
    world, off = await world_without(tmp_path)
    question, other = off.ask(RelayId(0)), off.ask(RelayId(0))
    (answer,) = await world.relays[RelayId(0)].service.exchanges([other.body], world.now)
    for false in (bytes(len(answer)), answer, answer[:-1]):
        await off.take_answer(question, false, world.now)
    (body,) = find_rosters(other, answer, off.roster)
    with pytest.raises(ProtocolError):
        async with off._begin(world.now, alone=True) as work:
            await off._gossip.adopt(work, Entry(EntryKind.ROSTER, bytes(64) + body[64:]))
    assert not off.is_off_roster
    await world.close()


async def test_one_of_two_others_that_is_away_is_no_reason_to_ask(tmp_path: Path) -> None:
    world = await World.make(tmp_path, seed=4, start=START, constants=QUICK.constants)
    await world.run(START + 60)
    await world.stop_relay(RelayId(0))
    await world.run(START + 300)
    assert not world.relays[OFF].service.unheard
    await world.stop_relay(RelayId(1))
    await world.run(START + 600)
    assert world.relays[OFF].service.unheard
    await world.close()


async def test_another_process_of_a_relay_learns_it_from_their_store(tmp_path: Path) -> None:
    world, off = await world_without(tmp_path)
    async with off._store.transaction() as tx:
        tx.set_state({OFF_ROSTER: off.roster.version})
    off._stale = True
    await off.run_due(world.now)
    assert not off.is_off_roster, "a mark of a roster that names it again"
    async with off._store.transaction() as tx:
        tx.set_state({OFF_ROSTER: off.roster.version + 1})
    off._stale = True
    await off.run_due(world.now + 1)
    off_now: bool = world.relays[OFF].service.is_off_roster
    assert off_now
    await world.close()
