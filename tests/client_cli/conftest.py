"""A small network, and people on it."""

import tempfile
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
def memory() -> Iterator[Path]:
    """A home in memory where there is one: thousands of commits to a disk would take minutes."""
    shared = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as home:
        yield Path(home)


@pytest.fixture
def network() -> SmallNetwork:
    return SmallNetwork()


@pytest.fixture
def pair(network: SmallNetwork, memory: Path) -> Iterator[Pair]:
    made = Pair(network, memory)
    yield made
    for vault in made.vaults.values():
        vault.close()


@pytest.fixture
def member(network: SmallNetwork, memory: Path) -> Iterator[Vault]:
    with make_member(network, memory, "solo") as vault:
        yield vault
