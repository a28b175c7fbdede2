"""Invariant 1: schedule first, content second - exactly, on the real relay and client code.

Worlds with the same seeds, in which nobody writes, everybody receives or writes, or in which nobody or everybody knows
ten people, must look the same to an observer of the whole network: equal multisets of (time, from, to, size). So must
everything that relays read of what passes through them. Each mutant must break that.
"""

from pathlib import Path

import pytest

from lab.mutants.table import MUTANTS
from lab.worlds.scenarios import (
    A_DAY,
    ELEVEN_HOURS,
    TEN_CONTACTS,
    Setting,
    empty_world,
    receiving_world,
    silent_world,
    writing_world,
)
from lab.worlds.world import multiset
from lab.worlds.worlds import first_difference, play


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "setting", [ELEVEN_HOURS, pytest.param(A_DAY, marks=pytest.mark.long)], ids=["eleven hours", "a day"]
)
async def test_same_seeds_give_the_same_trace_whether_nobody_or_everybody_writes(
    memory_path: Path, setting: Setting
) -> None:
    silent = await play(memory_path / "silent", setting, silent_world)
    writing = await play(memory_path / "writing", setting, writing_world)
    try:
        assert multiset(silent.trace) == multiset(writing.trace)
        assert len(silent.trace) > 1500
        # The comparison means something: letters did travel, exchanges did fail, and clients did change the guard.
        for receiver in setting.names:
            senders = {sender for sender, _ in writing.received(receiver)}
            assert senders == set(setting.names) - {receiver}
            assert silent.received(receiver) == []
        assert all(client.failures for client in writing.clients.values())
        assert {seen.receiver for seen in writing.trace if seen.sender == "member0"} == {"relay0", "relay1"}
    finally:
        await silent.close()
        await writing.close()


async def test_network_and_relays_see_the_same_of_members_with_ten_contacts_or_none(memory_path: Path) -> None:
    worlds = (empty_world, receiving_world, writing_world)
    assert await first_difference(memory_path, TEN_CONTACTS, worlds) == 0


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_mutant_is_noticed(memory_path: Path, mutant: str) -> None:
    one = MUTANTS[mutant]
    with one.switch():
        assert await first_difference(memory_path, one.setting, (silent_world, writing_world)) > 0
