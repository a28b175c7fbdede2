"""The relay's store in one SQLite file (or in memory).

Invariant: as `relay.store.interface` says. Tables keep no insertion order: every key is random, a hash, or a
public number.
Spec: docs/protocol.md, Relay; schema in relay/migrations/sqlite/.
Decisions 24, 78.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from relay.store.sqlite.board import SqliteBoard
from relay.store.sqlite.connection import SqliteConnection
from relay.store.sqlite.expiry import SqliteExpiry
from relay.store.sqlite.keys import SqliteKeys
from relay.store.sqlite.pool import SqlitePool
from relay.store.sqlite.shelves import SqliteShelves


class SqliteTransaction(SqliteKeys, SqlitePool, SqliteShelves, SqliteBoard, SqliteExpiry):
    """One transaction; use it through `SqliteStore.transaction`."""

    @property
    def claims(self) -> None:
        """None: the file is one process's."""

    async def changes(self) -> int:
        return 0  # nobody else can have changed anything

    async def add_change(self) -> int:
        return 0


class SqliteStore:
    """A store in one SQLite database."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path | None) -> "SqliteStore":
        """Open or create the database file, or one in memory; StoreFailed if it is not usable."""
        return cls(await SqliteConnection.open(path))

    @asynccontextmanager
    async def transaction(self, *, alone: bool = False) -> AsyncIterator[SqliteTransaction]:
        """Begin a transaction when it is this caller's turn; durable at the end of the block, or undone.

        Every one runs alone here.
        """
        async with self._turn:
            transaction = SqliteTransaction(self._connection)
            try:
                yield transaction
                await transaction.commit()
            except BaseException:
                # Shielded: a cancelled caller must not leave a transaction open for the next one.
                await asyncio.shield(transaction.roll_back())
                raise

    async def checkpoint(self) -> bool:
        """Empty the write-ahead log, which may still hold what was erased; False: somebody reads it."""
        async with self._turn:
            return await self._connection.checkpoint()

    async def tables(self) -> dict[str, list[str]]:
        """Every table and its columns, from SQLite's own catalogue."""
        sql = (
            "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns "
            "WHERE tables.type = 'table' ORDER BY tables.name, columns.cid"
        )
        found: dict[str, list[str]] = {}
        async with self._turn:
            for table, column in await self._connection.fetch(sql):
                found.setdefault(table, []).append(column)
        return found

    async def ranges(self, table: str, columns: Sequence[str]) -> tuple[int, list[tuple[int, int] | None]]:
        """Count rows and find the least and greatest value of integer columns; names come from `tables`."""
        extremes = ", ".join(["COUNT(*)", *(f"MIN({name}), MAX({name})" for name in columns)])
        async with self._turn:
            [(count, *values)] = await self._connection.fetch(f"SELECT {extremes} FROM {table}")
        pairs = zip(values[::2], values[1::2], strict=True)
        return count, [None if low is None else (low, high) for low, high in pairs]

    async def close(self) -> None:
        """Empty the log and close the file."""
        async with self._turn:
            await self._connection.close()
