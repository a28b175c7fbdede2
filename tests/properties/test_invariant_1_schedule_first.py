"""Invariant 1: schedule first, content second - exactly, on the real relay and client code.

Two worlds with the same seeds, one in which nobody writes and one in which everybody writes to everybody, must look the
same to an observer of the whole network: equal multisets of (time, from, to, size). Each mutant must break that.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from lab.mutants import MUTANTS
from lab.scenarios import QUICK, START, Setting, silent_world, writing_world
from lab.wire import Losses
from lab.world import World, multiset
from protocol.profile import Profile
from protocol.roster_constants import Constants
from protocol.seams import RelayId

HOUR_S = 3600.0
A_DAY = Setting(
    seed=11,
    constants=Constants(),
    profiles=(Profile.STANDARD, Profile.STANDARD, Profile.METERED),
    duration_s=24 * HOUR_S,
    letters_each=1,
    # 2 % of everything is lost, and the guard is gone for two hours, so that clients go over to the reserve.
    losses=Losses(share=0.02, outages=((RelayId(0), START + 8 * HOUR_S, START + 10 * HOUR_S),)),
)


async def play(home: Path, setting: Setting, make: Callable[[Path, Setting], Awaitable[World]]) -> World:
    """Run a world to its end and close it; its trace and letters stay readable."""
    world = await make(home, setting)
    await world.run(START + setting.duration_s)
    return world


@pytest.mark.timeout(600)
async def test_same_seeds_give_the_same_trace_whether_nobody_or_everybody_writes(memory_path: Path) -> None:
    silent = await play(memory_path / "silent", A_DAY, silent_world)
    writing = await play(memory_path / "writing", A_DAY, writing_world)
    try:
        assert multiset(silent.trace) == multiset(writing.trace)
        assert len(silent.trace) > 4000
        # The comparison means something: letters did travel, exchanges did fail, and clients did change the guard.
        for receiver in A_DAY.names:
            senders = {sender for sender, _ in writing.received(receiver)}
            assert senders == set(A_DAY.names) - {receiver}
            assert silent.received(receiver) == []
        assert all(client.failures for client in writing.clients.values())
        assert {seen.receiver for seen in writing.trace if seen.sender == "member0"} == {"relay0", "relay1"}
    finally:
        await silent.close()
        await writing.close()


async def test_the_quick_setting_of_the_mutants_has_equal_traces_without_one(memory_path: Path) -> None:
    silent = await play(memory_path / "silent", QUICK, silent_world)
    writing = await play(memory_path / "writing", QUICK, writing_world)
    try:
        assert multiset(silent.trace) == multiset(writing.trace)
        assert sum(len(writing.received(name)) for name in QUICK.names) >= len(list(permutations(QUICK.names, 2)))
    finally:
        await silent.close()
        await writing.close()


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_mutant_is_noticed(memory_path: Path, mutant: str) -> None:
    setting = replace(QUICK, duration_s=1000.0)
    with MUTANTS[mutant]():
        silent = await play(memory_path / "silent", setting, silent_world)
        writing = await play(memory_path / "writing", setting, writing_world)
    try:
        assert multiset(silent.trace) != multiset(writing.trace)
    finally:
        await silent.close()
        await writing.close()
