"""Two people who met on a small network, for tests of what a courier carries between them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.meeting.in_person import scan_card, show_card
from protocol.profile import Profile
from tests.kits.couriers import Person
from tests.kits.small_network import START, SmallNetwork, seeded


@pytest.fixture
def network() -> SmallNetwork:
    return SmallNetwork()


@pytest.fixture
def pair(network: SmallNetwork, memory_path: Path) -> Iterator[tuple[Person, Person]]:
    one, other = Person(network, memory_path, "Ara"), Person(network, memory_path, "Bora", Profile.METERED)
    first = show_card(one.vault, "Bora", START, seeded("one card"))
    second = show_card(other.vault, "Ara", START, seeded("other card"))
    scan_card(one.vault, "Bora", second, START)
    scan_card(other.vault, "Ara", first, START)
    one.enrol()
    other.enrol()
    yield one, other
    one.vault.close()
    other.vault.close()
