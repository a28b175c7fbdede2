"""Leaving: everything in the home is destroyed, what opens it first.

Invariant: the key file is overwritten and gone, and the disk told so, before anything else is touched: from then on the
rest is unreadable, even if the power is cut in the middle. What a flash disk keeps of overwritten blocks is out of our
reach and said to the person. Spec: docs/threats.md, Somebody who takes a device.
"""

import os
from pathlib import Path
from typing import Final

from client_cli.vault.key_file import KEY_FILE
from client_cli.vault.vault import DATABASE_FILE

__all__ = ["anything_left", "leave"]

_CHUNK: Final = 1 << 16
_OURS: Final = (
    DATABASE_FILE,
    DATABASE_FILE + "-wal",
    DATABASE_FILE + "-shm",
    DATABASE_FILE + "-journal",
    DATABASE_FILE + ".new",
    DATABASE_FILE + ".new-wal",
    DATABASE_FILE + ".new-shm",
    "online.lock",
    "lock",
)


def anything_left(home: Path) -> bool:
    """Whether files of ours are in the home, also after an interrupted `leave`."""
    return any((home / name).is_symlink() or (home / name).is_file() for name in (KEY_FILE, *_OURS))


def leave(home: Path) -> None:
    """Destroy the key file, then the database and all other files of ours; the directory goes when nothing else is in
    it.

    Needs no words, and may be run again after an interruption. OSError: the disk refused; what is destroyed stays so.
    """
    for name in (KEY_FILE, KEY_FILE + ".new", *_OURS):
        _destroy(home / name)
    if home.is_dir() and not any(home.iterdir()):
        home.rmdir()


def _destroy(path: Path) -> None:
    """Overwrite with zeros, sync, unlink, sync the directory. A link is unlinked, never followed."""
    if path.is_symlink():
        path.unlink()
    elif path.is_file():
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
        try:
            left = os.fstat(handle).st_size
            while left > 0:
                left -= os.write(handle, bytes(min(left, _CHUNK)))
            os.fsync(handle)
        finally:
            os.close(handle)
        path.unlink()
    else:
        return
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
