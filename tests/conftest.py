"""Fixtures for all tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it


@pytest.fixture
def memory_path(tmp_path: Path) -> Iterator[Path]:
    """Return a private folder in memory where there is one, else on disk: simulations sync after every step."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    path = Path(tempfile.mkdtemp(prefix="sosik-test-", dir=MEMORY))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
