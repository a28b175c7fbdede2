"""The two ends of a move: any table of a store read whole in one snapshot, or written whole, as plain rows.

Invariant: an end knows tables and columns, never their meaning; reading changes nothing. A store that is being filled
carries the mark `INCOMPLETE`, one that was copied away the mark `MOVED`; a relay runs on neither.
Spec: docs/operators.md, Moving.
"""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from protocol.seams import Entropy
from relay.errors import FileProblem, StoreFailed
from relay.store.address import PostgresAddress
from relay.store.postgres.claims import LIVING
from relay.store.postgres.session import PostgresSession
from relay.store.postgres.store import PostgresStore
from relay.store.sqlite.store import SqliteStore

if TYPE_CHECKING:
    import asyncpg

INCOMPLETE: Final = "incomplete"
MOVED: Final = "moved"
BATCH_ROWS: Final = 500
_MARK_TABLE: Final = "state"

Row = tuple[int | bytes | str | None, ...]


class End(Protocol):
    """One store of a move."""

    async def tables(self) -> dict[str, list[str]]:
        """Every table and its columns."""
        ...

    async def count(self, table: str) -> int:
        """Its rows."""
        ...

    def rows(self, table: str, columns: Sequence[str]) -> AsyncIterator[list[Row]]:
        """All rows in batches, in no order, in the snapshot that this end began with or that `commit` left."""
        ...

    async def add(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Add rows; durable after `commit`."""
        ...

    async def mark(self, name: str, on: bool) -> None:
        """Set or remove a mark; durable after `commit`."""
        ...

    async def commit(self) -> None:
        """Make durable what was written, and begin anew."""
        ...


class SqliteEnd:
    """A database file that no relay has open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def tables(self) -> dict[str, list[str]]:
        names = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {name: [row[1] for row in self._connection.execute(f"PRAGMA table_info({name})")] for (name,) in names}

    async def count(self, table: str) -> int:
        return int(self._connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])

    async def rows(self, table: str, columns: Sequence[str]) -> AsyncIterator[list[Row]]:
        cursor = self._connection.execute(f"SELECT {', '.join(columns)} FROM {table}")
        while batch := cursor.fetchmany(BATCH_ROWS):
            yield batch

    async def add(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        places = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    async def mark(self, name: str, on: bool) -> None:
        self._connection.execute(f"DELETE FROM {_MARK_TABLE} WHERE name = ?", (name,))
        if on:
            self._connection.execute(f"INSERT INTO {_MARK_TABLE} VALUES (?, 1)", (name,))

    async def commit(self) -> None:
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN")


class PostgresEnd:
    """A database on which no relay runs."""

    def __init__(self, connection: "asyncpg.Connection", store: PostgresStore) -> None:
        self._connection = connection
        self._store = store

    async def tables(self) -> dict[str, list[str]]:
        return await self._store.tables()

    async def count(self, table: str) -> int:
        return int(await self._connection.fetchval(f"SELECT count(*) FROM {table}"))

    async def rows(self, table: str, columns: Sequence[str]) -> AsyncIterator[list[Row]]:
        cursor = await self._connection.cursor(f"SELECT {_quoted(columns)} FROM {table}")
        while batch := await cursor.fetch(BATCH_ROWS):
            yield [tuple(row) for row in batch]

    async def add(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        await self._connection.copy_records_to_table(table, columns=list(columns), records=rows)

    async def mark(self, name: str, on: bool) -> None:
        await self._connection.execute(f"DELETE FROM {_MARK_TABLE} WHERE name = $1", name)
        if on:
            await self._connection.execute(f"INSERT INTO {_MARK_TABLE} VALUES ($1, 1)", name)

    async def commit(self) -> None:
        await self._connection.execute("COMMIT")
        await self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")


@asynccontextmanager
async def open_sqlite_end(path: Path, *, new: bool) -> AsyncIterator[End]:
    """Open the file, brought up to date; `new`: make it. FileProblem: it is there already, or is not."""
    _check_there(path, not new)
    await (await SqliteStore.open(path)).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        try:
            for statement in ("PRAGMA synchronous = FULL", "PRAGMA secure_delete = ON", "BEGIN"):
                connection.execute(statement)
            yield SqliteEnd(connection)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreFailed(f"{path} failed ({error}); nothing was moved; is the disk full?") from error


@asynccontextmanager
async def open_postgres_end(address: PostgresAddress, entropy: Entropy) -> AsyncIterator[End]:
    """Open the database, brought up to date. StoreFailed: a relay runs on it."""
    session = await PostgresSession.open(address, entropy)
    try:
        connection = await session.run(_prepare)
        import asyncpg

        try:
            yield PostgresEnd(connection, PostgresStore(session))
            await connection.execute("COMMIT")
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise StoreFailed(f"The database failed ({type(error).__name__}); nothing was moved.") from None
    finally:
        await session.close()


def _check_there(path: Path, wanted: bool) -> None:
    if path.exists() is not wanted:
        raise FileProblem(f"{path} is {'not there' if wanted else 'there already'}; nothing was changed.")


async def _prepare(connection: "asyncpg.Connection") -> "asyncpg.Connection":
    if await connection.fetchval(f"SELECT count(*) FROM ({LIVING}) AS living") > 1:
        raise StoreFailed("A relay runs on the database; nothing was changed; stop all its processes first.")
    # Waiting for the other end's disk is no hanging.
    for name in ("idle_in_transaction_session_timeout", "idle_session_timeout"):
        await connection.execute(f"SET {name} = 0")
    await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    return connection


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
