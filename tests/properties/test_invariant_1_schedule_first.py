"""Invariant 1: schedule first, content second - exactly, on the real relay and client code.

Worlds with the same seeds, in which nobody writes, everybody receives or writes, or in which nobody or everybody knows
ten people, must look the same to an observer of the whole network: equal multisets of (time, from, to, size). So must
everything that relays read of what passes through them. Each mutant must break that.
"""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from client_cli.community.membership import find_roster
from client_cli.community.silence import silent_at
from client_cli.vault.keys import Key
from lab.mutants.table import MUTANTS
from lab.worlds.scenarios import (
    A_DAY,
    ELEVEN_HOURS,
    NO_LOSSES,
    QUICK,
    START,
    TEN_CONTACTS,
    Setting,
    empty_world,
    receiving_world,
    silent_world,
    writing_world,
)
from lab.worlds.world import World, multiset
from lab.worlds.worlds import Maker, first_difference, play
from protocol.seams import RelayId


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


GONE = RelayId(2)
SILENCE = replace(
    QUICK,
    constants=msgspec.structs.replace(QUICK.constants, pages_per_seal=3, silent_ms=120_000),
    duration_s=1300.0,
    letters_between=(0.0, 0.4),
    letters_each=1,
    losses=NO_LOSSES,
)


def while_one_is_gone(make: Maker) -> Maker:
    """The same world, in which a relay stops after 200 s and comes back 600 s later."""

    async def made(home: Path, setting: Setting) -> World:
        world = await make(home, setting)
        relay = world.relays[GONE]

        async def stop(_: float) -> None:
            await world.stop_relay(GONE)

        async def back(_: float) -> None:
            await world._open_relay(relay.secrets, relay.files)

        world.engine.at(START + 200, "operator", stop)
        world.engine.at(START + 800, "operator", back)
        return world

    return made


async def test_what_goes_around_a_silent_relay_tells_nothing_of_letters(memory_path: Path) -> None:
    silent = await play(memory_path / "silent", SILENCE, while_one_is_gone(silent_world))
    writing = await play(memory_path / "writing", SILENCE, while_one_is_gone(writing_world))
    try:
        assert multiset(silent.trace) == multiset(writing.trace)
        # The comparison means something: everybody went around it, and uses it again.
        for client in writing.clients.values():
            with client.vault.transaction() as tx:
                roster = find_roster(tx)
                assert roster is not None
                assert tx.get(Key.SILENT_RELAYS) is not None
                assert silent_at(tx, roster, writing.now) == frozenset()
            assert writing.received(client.name)
    finally:
        await silent.close()
        await writing.close()


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_mutant_is_noticed(memory_path: Path, mutant: str) -> None:
    one = MUTANTS[mutant]
    with one.switch():
        assert await first_difference(memory_path, one.setting, (silent_world, writing_world)) > 0
