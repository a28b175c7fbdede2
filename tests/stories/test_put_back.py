"""A folder put back from a copy, and two devices with one folder: at real relays, letters go on by themselves."""

import shutil
from pathlib import Path

import pytest

from client_cli.outbox.letters import LetterStatus
from client_cli.people.contacts import Standing, standing_of
from client_cli.streams.fresh_start import find_put_back
from client_cli.vault.vault import Vault
from lab.worlds.world import WORDS, World
from protocol.community.constants import Constants
from protocol.profile import Profile
from tests.stories.weeks import HOUR_S, START, letters_of, texts

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

MOTHER, DAUGHTER = "mother", "daughter"


async def two_online(home: Path) -> World:
    world = await World.make(home, seed=17, start=START, constants=Constants())
    for name in (MOTHER, DAUGHTER):
        world.add_client(name, Profile.METERED)
    world.introduce(MOTHER, DAUGHTER)
    for name in (MOTHER, DAUGHTER):
        world.go_online(name)
    return world


def copy_folder(world: World, to: Path) -> None:
    """The mother stops, copies her folder, and starts again."""
    client = world.clients[MOTHER]
    world.go_offline(MOTHER)
    client.vault.close()
    shutil.copytree(world.home / MOTHER, to)
    client.vault = Vault.open(world.home / MOTHER, WORDS)
    world.go_online(MOTHER)


async def test_a_folder_that_is_put_back_goes_on(memory_path: Path) -> None:
    world = await two_online(memory_path)
    world.write(MOTHER, DAUGHTER, "첫째")
    world.write(DAUGHTER, MOTHER, "하나")
    await world.run(START + 12 * HOUR_S)
    copy_folder(world, memory_path / "copy")
    world.write(MOTHER, DAUGHTER, "복사한 뒤")
    await world.run(START + 24 * HOUR_S)
    assert texts(world, DAUGHTER, MOTHER) == ["첫째", "복사한 뒤"]
    client = world.clients[MOTHER]
    world.go_offline(MOTHER)
    client.vault.close()
    shutil.rmtree(world.home / MOTHER)
    shutil.copytree(memory_path / "copy", world.home / MOTHER)
    client.vault = Vault.open(world.home / MOTHER, WORDS)
    world.write(MOTHER, DAUGHTER, "되돌려 놓은 뒤")
    world.write(DAUGHTER, MOTHER, "둘")
    world.go_online(MOTHER)
    await world.run(START + 25 * HOUR_S)
    with client.vault.transaction() as tx:
        assert find_put_back(tx) is not None
    await world.run(START + 60 * HOUR_S)
    try:
        assert texts(world, DAUGHTER, MOTHER) == ["첫째", "복사한 뒤", "되돌려 놓은 뒤"]
        assert texts(world, MOTHER, DAUGHTER) == ["하나", "둘"]
        for name in (MOTHER, DAUGHTER):
            assert {letter.status for letter in letters_of(world, name)} == {LetterStatus.ARRIVED}
            with world.clients[name].vault.transaction() as tx:
                assert standing_of(tx, 1) is Standing.SOUND
    finally:
        await world.close()


async def test_two_devices_with_one_folder_are_told_within_a_day(memory_path: Path) -> None:
    world = await two_online(memory_path)
    world.write(MOTHER, DAUGHTER, "첫째")
    await world.run(START + 12 * HOUR_S)
    copy_folder(world, memory_path / "other")
    await world.run(START + 18 * HOUR_S)
    other = world.add_client("not used", Profile.METERED)
    other.vault.close()
    other.vault = Vault.open(memory_path / "other", WORDS)
    other.life = 1  # a process of its own
    world.go_online("not used")
    await world.run(START + 42 * HOUR_S)
    try:
        with other.vault.transaction() as tx:
            assert find_put_back(tx) is not None
        with world.clients[MOTHER].vault.transaction() as tx:
            assert standing_of(tx, 1) is Standing.REPLACED
    finally:
        await world.close()
