"""A relay's store opened to be looked at: `inspect` and `doctor` run beside the relay and change nothing.

Invariant: no migration, no checkpoint, no write; SQLite itself refuses them on this connection.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

import aiosqlite

from relay.errors import FileProblem, StoreFailed
from relay.home.files import check_private
from relay.store.interface import Store
from relay.store.sqlite.connection import SqliteConnection
from relay.store.sqlite.store import SqliteStore


@contextmanager
def read_only_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write. FileProblem: there is no store yet; StoreFailed: it does not open."""
    _check_there(path)
    try:
        connection = sqlite3.connect(_address(path), uri=True)
    except sqlite3.Error:
        raise _unusable(path) from None
    with closing(connection):
        yield connection


@asynccontextmanager
async def open_read_only(path: Path) -> AsyncIterator[Store]:
    """The store, for reading. Raises as `read_only_connection`."""
    _check_there(path)
    try:
        database = await aiosqlite.connect(_address(path), uri=True, isolation_level=None)
    except sqlite3.Error:
        raise _unusable(path) from None
    try:
        yield SqliteStore(SqliteConnection(database))
    finally:
        await database.close()


def _check_there(path: Path) -> None:
    if not path.exists():
        raise FileProblem(f"{path} is not there; nothing was changed; the relay's first run makes it.")
    check_private(path)


def _address(path: Path) -> str:
    return f"{path.absolute().as_uri()}?mode=ro"


def _unusable(path: Path) -> StoreFailed:
    return StoreFailed(
        f"{path} cannot be opened; it was not touched; stop the relay; docs/operators.md, A damaged store."
    )
