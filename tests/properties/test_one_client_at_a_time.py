"""A guard that treats one client at a time names nobody: what it told to one alone is not used.

docs/threats.md, A guard that treats one client at a time.
"""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from client_cli.community.membership import find_roster
from lab.hostile.one_client import ALL_BUT_ONE, EACH, ONE_CLIENT, OneClientGuard
from lab.metrics.active import GUARD, SETTING, SHORT_S, agreement_undone, hostile, play, seconds_of
from lab.worlds.scenarios import START, silent_world, writing_world
from lab.worlds.world import World
from lab.worlds.worlds import first_difference
from protocol.seams import RelayId

A_WHILE_S = 900.0
LEFT = {
    EACH,
    "other keys for one",
    "descriptors of others left out",
    "own descriptors left out",
    "seals of others left out",
    "seals left out",
    "an open sheet that ends early",
    "rosters left out",
    "the board stands still",
}
"""Tricks by which a client can seal nothing, or would ask later than all others: it goes to another guard."""


async def test_a_guard_with_other_keys_for_every_client_names_nobody_and_is_left(memory_path: Path) -> None:
    gain = await play(memory_path, EACH, SETTING, SHORT_S)
    assert (gain.cells, gain.pairs, gain.used) == (0, 0, 0)
    assert gain.left == 5
    assert gain.letters > 0


async def test_a_guard_mutes_nobody_but_one_by_what_its_own_seal_says(memory_path: Path) -> None:
    """What it shows is its word: else what still comes through it would be of the one it spared."""
    gain = await play(memory_path, ALL_BUT_ONE, SETTING, A_WHILE_S)
    assert (gain.mute, gain.left) == (0, 0)
    assert gain.letters > 0


async def test_it_names_writers_and_readers_where_the_word_of_the_others_does_not_count(memory_path: Path) -> None:
    with agreement_undone():
        gain = await play(memory_path, EACH, SETTING, A_WHILE_S)
    assert gain.cells > 50
    assert gain.used > 100


async def test_invariant_1_what_is_seen_is_the_same_whether_anyone_writes_when_a_guard_is_left(
    memory_path: Path,
) -> None:
    setting = replace(SETTING, duration_s=A_WHILE_S)
    makes = (hostile(silent_world, EACH), hostile(writing_world, EACH))
    assert await first_difference(memory_path, setting, makes) == 0


async def test_a_guard_that_keeps_a_newer_roster_from_one_client_is_left_within_three_seals(memory_path: Path) -> None:
    setting = replace(SETTING, profiles=SETTING.profiles[:2])
    seal_s = setting.constants.pages_per_seal * setting.constants.page_s
    world = await silent_world(memory_path, setting)
    try:
        await world.run(START + 300)
        entropy = World.stream(setting.seed, "roster")
        OneClientGuard.turn(world.relays[GUARD], entropy, guard="rosters left out")
        world.sign_roster()
        await world.restart_relay(RelayId(1), new_files=True)
        await world.run(START + 300 + seal_s)
        assert sorted(_versions(world)) == [1, 2], "kept from one of the two"
        await world.run(START + 300 + 4 * seal_s)
        assert sorted(_versions(world)) == [2, 2]
        assert len({seen.sender for seen in world.trace if seen.receiver == "relay1"} & set(setting.names)) == 1
    finally:
        await world.close()


async def test_a_guard_that_stops_showing_the_seals_of_the_others_to_one_client_is_left_within_four_seals(
    memory_path: Path,
) -> None:
    """All is agreed, and would be until the words of the last seal are over: the day after."""
    setting = replace(SETTING, profiles=SETTING.profiles[:2])
    seal_s = setting.constants.pages_per_seal * setting.constants.page_s
    world = await silent_world(memory_path, setting)
    try:
        await world.run(START + 300)
        OneClientGuard.turn(world.relays[GUARD], World.stream(setting.seed, "frozen"), guard="seals of others left out")
        await world.run(START + 300 + 2 * seal_s)
        assert not _left(world)
        await world.run(START + 300 + 5 * seal_s)
        assert len(_left(world)) == 1, "the other one is shown everything"
    finally:
        await world.close()


def _left(world: World) -> set[str]:
    return {seen.sender for seen in world.trace if seen.receiver == "relay1"} & set(world.clients)


def _versions(world: World) -> list[int]:
    found = []
    for client in world.clients.values():
        with client.vault.transaction() as tx:
            roster = find_roster(tx)
            found.append(0 if roster is None else roster.version)
    return found


async def test_a_guard_that_holds_the_board_back_from_one_client_is_left_by_it(memory_path: Path) -> None:
    gain = await play(memory_path, "an open sheet that ends early", SETTING, 300.0)
    assert gain.left == 1


async def test_invariant_1_a_board_held_back_moves_silent_and_writing_clients_alike(memory_path: Path) -> None:
    setting = replace(SETTING, profiles=SETTING.profiles[:3], duration_s=600.0)
    trick = "an open sheet that ends early"
    makes = (hostile(silent_world, trick), hostile(writing_world, trick))
    assert await first_difference(memory_path, setting, makes) == 0


@pytest.mark.parametrize("guards", [(0, 1), (0,)])
async def test_a_clock_that_is_ahead_moves_its_client_once_and_letters_go_on(
    memory_path: Path, guards: tuple[int, ...]
) -> None:
    """Nobody holds anything back; the first member's clock is 40 minutes ahead, and later right again."""
    setting = replace(SETTING, profiles=SETTING.profiles[:3], guards=guards, duration_s=1500.0, seed=32)
    world = await writing_world(memory_path, setting)
    try:
        world.set_clock("member0", 2400.0)
        await world.run(START + 900)
        world.set_clock("member0", 0.0)
        await world.run(START + 1200)
        world.set_clock("member0", 2400.0)
        await world.run(START + 2400)
        exchanges = [seen for seen in world.trace if seen.sender in setting.names and seen.receiver.startswith("relay")]
        asked = [seen.receiver for seen in exchanges if seen.sender == "member0"]
        assert list(itertools.pairwise(asked)).count(("relay0", "relay1")) == len(guards) - 1
        assert {seen.receiver for seen in exchanges if seen.sender != "member0"} == {"relay0"}
        assert sum(len(world.received(name)) for name in setting.names) == len(world.written) == 6
    finally:
        await world.close()


@pytest.mark.long
@pytest.mark.parametrize("trick", [trick for trick in ONE_CLIENT if trick != EACH])
async def test_nothing_that_one_client_alone_was_told_is_used(memory_path: Path, trick: str) -> None:
    gain = await play(memory_path, trick, SETTING, seconds_of(trick))
    assert (gain.cells, gain.used, gain.mute) == (0, 0, 0)
    if trick in LEFT:
        assert gain.left >= 1
