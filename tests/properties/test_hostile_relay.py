"""A relay of the roster that lies on the real wire: letters wait, none is lost, altered or doubled, and no slot moves.

What each trick achieves is in docs/threats.md; `python -m lab.hostile` prints the table.
"""

import asyncio
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from lab.hostile import __main__ as hostile
from lab.hostile import members
from lab.hostile.__main__ import GUARD_NUMBER, SETTING, STORE_NUMBER, Outcome, arrived_letters, play, written_letters
from lab.hostile.client import ATTACKS
from lab.hostile.guard import GUARD
from lab.hostile.relay import LINKS, HostileRelay
from lab.worlds.scenarios import START, writing_world
from lab.worlds.world import World
from protocol.sizes import REQUEST_BYTES


async def test_a_guard_and_a_store_that_play_every_trick_in_turn_lose_no_letter(memory_path: Path) -> None:
    world = await writing_world(memory_path, SETTING)
    try:
        entropy = World.stream(SETTING.seed, "every trick")
        for number, trick in enumerate(sorted(GUARD)):
            links = LINKS[number // 2 % len(LINKS)] if number % 2 else ""
            liars = [
                HostileRelay.turn(world.relays[GUARD_NUMBER], entropy, guard=trick),
                HostileRelay.turn(world.relays[STORE_NUMBER], entropy, links=links),
            ]
            await world.run(START + 1200.0 * (number + 1) / len(GUARD))
            for liar in liars:
                liar.repent()
        await world.run(START + 3000.0)
        assert Counter(arrived_letters(world)) == Counter(written_letters(world))
        assert {seen.size for seen in world.trace if seen.sender in SETTING.names} == {REQUEST_BYTES}
    finally:
        await world.close()


@pytest.fixture(scope="module")
def honest(story_path: Path) -> Outcome:
    """The same world with honest relays."""
    return asyncio.run(play("honest", story_path))


@pytest.mark.parametrize(("program", "known"), [(hostile, (*GUARD, *LINKS)), (members, tuple(ATTACKS))])
def test_programs_say_how_they_are_used_and_play_nothing_that_they_do_not_know(
    program: ModuleType, known: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["--help"])
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    usage = " ".join(said.out.split())
    assert usage.startswith("usage: python -m lab.hostile")
    assert all(name in usage for name in known)
    with pytest.raises(SystemExit) as ended:
        program.main([known[0], "no such thing"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err.endswith("is called 'no such thing'; --help names them.\n")
    assert len(said.err.splitlines()) == 1


@pytest.mark.long
@pytest.mark.parametrize("trick", [*GUARD, *LINKS])
async def test_a_trick_delays_letters_and_does_nothing_else(trick: str, honest: Outcome, memory_path: Path) -> None:
    outcome = await play(trick, memory_path)
    assert outcome.meanwhile or trick in LINKS, "the reserve takes over in time for letters"
    assert outcome.wrong == 0
    assert outcome.after == outcome.written
    assert outcome.slots == honest.slots


@pytest.mark.long
@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_hostile_member_delays_letters_within_the_caps(attack: str, memory_path: Path) -> None:
    outcome = await members.play(attack, memory_path)
    assert (outcome.after, outcome.wrong) == (outcome.written, 0)
    assert outcome.sizes == {8192}
    assert outcome.bounded, (outcome.most, members.CAPS)
