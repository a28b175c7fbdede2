"""A guard that treats one client at a time names nobody: what it told to one alone is not used.

docs/threats.md, A guard that treats one client at a time.
"""

from dataclasses import replace
from pathlib import Path

from lab.hostile.one_client import OneClientGuard
from lab.worlds.scenarios import QUICK, START, writing_world
from lab.worlds.wire import Losses
from lab.worlds.world import World
from protocol.profile import Profile
from protocol.seams import RelayId

SETTING = replace(QUICK, seed=31, profiles=(Profile.STANDARD,) * 5, losses=Losses(), letters_each=1, letter_bytes=60)
HOSTILE_S = 1200.0


async def test_a_guard_with_other_keys_for_every_client_names_no_writer_and_no_reader(memory_path: Path) -> None:
    world = await writing_world(memory_path, SETTING)
    try:
        guard = OneClientGuard.turn(world.relays[RelayId(0)], World.stream(SETTING.seed, "one client"))
        await world.run(START + HOSTILE_S)
        named = guard.named
        assert (len(named.writers), len(named.readers), named.pairs) == (0, 0, set())
        assert named.opened == 0
    finally:
        await world.close()
