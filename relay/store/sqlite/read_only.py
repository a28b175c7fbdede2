"""A relay's store opened to be looked at: `inspect` and `doctor` run beside the relay and change nothing.

Invariant: no migration, no checkpoint, no write; SQLite itself refuses them on this connection.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from relay.errors import FileProblem, StoreFailed
from relay.home.files import check_private
from relay.store.interface import Store
from relay.store.sqlite.store import SqliteStore
from relay.store.sqlite.writer import SqliteWriter


@contextmanager
def read_only_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write. FileProblem: there is no store yet; StoreFailed: it does not open."""
    if not path.exists():
        raise FileProblem(f"{path} is not there; nothing was changed; the relay's first run makes it.")
    check_private(path)
    try:
        # Closed by the caller's block, in whichever thread that runs.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
    except sqlite3.Error:
        raise StoreFailed(
            f"{path} cannot be opened; it was not touched; stop the relay; docs/operators.md, A damaged store."
        ) from None
    with closing(connection):
        yield connection


@asynccontextmanager
async def open_read_only(path: Path) -> AsyncIterator[Store]:
    """The store, for reading."""
    with (
        read_only_connection(path) as connection,
        ThreadPoolExecutor(max_workers=1, thread_name_prefix="relay-reader") as thread,
    ):
        yield SqliteStore(SqliteWriter(connection, thread))
