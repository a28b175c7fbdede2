"""Fixtures for all tests.

Decision 97.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli import i18n
from lab.processes.postgres import Cluster
from lab.worlds.scratch import folder_in_memory

on_postgres = pytest.mark.postgres
"""Tests that want PostgreSQL; those of one test process share a server."""


SLOWEST = ("tests/faults/", "tests/stories/", "tests/properties/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the slowest tests begin first: what is left for the end is short, and all test processes end together."""
    items.sort(key=lambda item: not item.nodeid.startswith(SLOWEST))


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    """No test leaves the language of its vault to the next one."""
    yield
    i18n.use(i18n.DEFAULT_LANGUAGE)


@pytest.fixture
def memory_path(tmp_path: Path) -> Iterator[Path]:
    """Return a private folder in memory for one test."""
    with folder_in_memory(tmp_path) as path:
        yield path


@pytest.fixture(scope="module")
def story_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a private folder in memory for a story that several tests of a module look at."""
    with folder_in_memory(tmp_path_factory.mktemp("story")) as path:
        yield path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Return a running PostgreSQL of this test process's own. Where none can be started, tests fail and say why."""
    cluster = Cluster.make()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()
