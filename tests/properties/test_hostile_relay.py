"""A relay of the roster that lies on the real wire: letters wait, none is lost, altered or doubled, and no slot moves.

What each trick achieves is in docs/threats.md; `python -m lab.hostile` prints the table.
"""

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.hostile.__main__ import GUARD_NUMBER, SETTING, STORE_NUMBER, Outcome, arrived_letters, play, written_letters
from lab.hostile.client import ATTACKS
from lab.hostile.guard import GUARD
from lab.hostile.members import CAPS
from lab.hostile.members import play as play_attack
from lab.hostile.relay import LINKS, HostileRelay
from lab.worlds.scenarios import START, writing_world
from lab.worlds.scratch import folder_in_memory
from lab.worlds.world import World

UNTIL_THE_NEXT_DAY = {"false descriptors"}
"""What a relay signed of itself stays until it signs anew."""


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
        assert {seen.size for seen in world.trace if seen.sender in SETTING.names} == {5120}
    finally:
        await world.close()


@pytest.fixture(scope="module")
async def honest() -> AsyncIterator[Outcome]:
    """The same world with honest relays."""
    with folder_in_memory() as home:
        yield await play("honest", home)


@pytest.mark.long
@pytest.mark.parametrize("trick", [*GUARD, *LINKS])
async def test_a_trick_delays_letters_and_does_nothing_else(trick: str, honest: Outcome, memory_path: Path) -> None:
    outcome = await play(trick, memory_path)
    assert outcome.wrong == 0
    assert outcome.after == outcome.written or trick in UNTIL_THE_NEXT_DAY
    assert outcome.slots == honest.slots


@pytest.mark.long
@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_hostile_member_delays_letters_within_the_caps(attack: str, memory_path: Path) -> None:
    outcome = await play_attack(attack, memory_path)
    assert (outcome.after, outcome.wrong) == (outcome.written, 0)
    assert outcome.sizes == {8192}
    assert outcome.bounded, (outcome.most, CAPS)
