"""A small network, and people on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.vault.vault import Vault
from tests.kits.postal_pair import Pair
from tests.kits.small_network import (
    SmallNetwork,
    make_member,
)


@pytest.fixture
def network() -> SmallNetwork:
    return SmallNetwork()


@pytest.fixture
def pair(network: SmallNetwork, memory_path: Path) -> Iterator[Pair]:
    made = Pair(network, memory_path)
    yield made
    for vault in made.vaults.values():
        vault.close()


@pytest.fixture
def member(network: SmallNetwork, memory_path: Path) -> Iterator[Vault]:
    with make_member(network, memory_path, "solo") as vault:
        yield vault
