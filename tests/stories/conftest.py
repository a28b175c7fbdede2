"""Fixtures of the stories in which helpers bring people together.

Decision 98.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes.processes import Network
from tests.stories.village import Village, settled


@pytest.fixture(scope="module")
def settlement(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Relays for all stories of one module."""
    with settled(tmp_path_factory.mktemp("helpers")) as network:
        yield network


@pytest.fixture
def village(tmp_path: Path, settlement: Network) -> Iterator[Village]:
    """Nobody yet."""
    made = Village(tmp_path, settlement)
    try:
        yield made
    finally:
        made.close()
