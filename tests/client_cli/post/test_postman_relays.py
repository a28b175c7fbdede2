"""The postman against real relay cores, on an injected clock and an in-memory wire."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.inbox.reading import unread
from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.people.contacts import require_person
from lab.worlds.world import World
from protocol.community.constants import Constants
from tests.kits.small_network import START

HOUR = 3600.0
TEXT = "어머니, 저는 잘 있습니다. " * 150


@pytest.fixture
def home() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


async def test_a_letter_arrives_through_three_relays_and_its_ack_comes_back(home: Path) -> None:
    world = await World.make(home, seed=7, start=START, constants=Constants())
    for name in ("ara", "bora"):
        world.add_client(name)
    world.introduce("ara", "bora")
    for name in ("ara", "bora"):
        world.go_online(name)
    ara, bora = world.clients["ara"].vault, world.clients["bora"].vault
    write_letter(ara, require_person(ara, "bora"), TEXT, START)
    await world.run(START + 5 * HOUR)
    assert [letter.text for letter in unread(bora)] == [TEXT]
    assert [letter.status for letter in letters(ara, world.now)] == [LetterStatus.ARRIVED]
    assert sum(client.failures for client in world.clients.values()) == 0
    await world.close()
