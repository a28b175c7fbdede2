"""Invariant 1: a guard that keeps replies or pages back is left at the same moments whether anybody writes or not.

docs/threats.md, The guard of a client.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.hostile.relay import HostileRelay
from lab.worlds.scenarios import QUICK, Setting, silent_world, writing_world
from lab.worlds.world import World, multiset
from lab.worlds.worlds import Maker, play
from protocol.profile import Profile
from protocol.seams import RelayId


def kept_back(make: Maker, trick: str) -> Maker:
    """The same world with a first guard that plays a trick throughout."""

    async def made(home: Path, setting: Setting) -> World:
        world = await make(home, setting)
        HostileRelay.turn(world.relays[RelayId(0)], World.stream(setting.seed, trick), guard=trick)
        return world

    return made


async def differs(home: Path, trick: str, seconds: float) -> bool:
    """Whether an observer of everything can tell a world in which everybody writes; in both all change the guard."""
    setting = replace(QUICK, profiles=(Profile.STANDARD, Profile.STANDARD), duration_s=seconds)
    silent = await play(home / "silent", setting, kept_back(silent_world, trick))
    writing = await play(home / "writing", setting, kept_back(writing_world, trick))
    try:
        assert any(writing.received(name) for name in setting.names)
        for name in setting.names:
            assert {seen.receiver for seen in silent.trace if seen.sender == name} == {"relay0", "relay1"}
        return multiset(silent.trace) != multiset(writing.trace)
    finally:
        await silent.close()
        await writing.close()


async def test_invariant_1_a_guard_that_keeps_all_back_moves_silent_and_writing_clients_alike(
    memory_path: Path,
) -> None:
    assert not await differs(memory_path, "replies swallowed", 700.0)


@pytest.mark.long
async def test_invariant_1_a_guard_that_hides_pages_moves_silent_and_writing_clients_alike(memory_path: Path) -> None:
    assert not await differs(memory_path, "pages hidden", 1300.0)


@pytest.mark.long
async def test_invariant_1_a_guard_that_keeps_a_tenth_back_moves_silent_and_writing_clients_alike(
    memory_path: Path,
) -> None:
    assert not await differs(memory_path, "a tenth of the replies swallowed", 6000.0)
