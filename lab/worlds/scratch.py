"""Folders for simulated worlds."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it


@contextmanager
def folder_in_memory(otherwise: Path | None = None) -> Iterator[Path]:
    """Make a private folder in memory where there is one, else use `otherwise` or a folder of the system's:
    simulations sync after every step."""
    if not MEMORY.is_dir() and otherwise is not None:
        yield otherwise
        return
    path = Path(tempfile.mkdtemp(prefix="sosik-lab-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
