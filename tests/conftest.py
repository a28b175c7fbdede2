"""Fixtures for all tests."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it


@contextmanager
def folder_in_memory(otherwise: Path) -> Iterator[Path]:
    """Make a private folder in memory where there is one, else use `otherwise`: simulations sync after every step."""
    if not MEMORY.is_dir():
        yield otherwise
        return
    path = Path(tempfile.mkdtemp(prefix="sosik-test-", dir=MEMORY))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


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
