"""A relay's SQLite store without the thread of aiosqlite: in a simulation nothing else waits while a statement runs.

Invariant: same statements, same order, same file; only who runs them differs. It halves what a simulated day costs.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import aiosqlite

from relay.store.sqlite.connection import Parameters, SqliteConnection
from relay.store.sqlite.store import SqliteStore


class InlineDatabase:
    """What the store uses of `aiosqlite.Connection`, run where it is asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, parameters: Parameters = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, parameters)

    async def execute_fetchall(self, sql: str, parameters: Parameters = ()) -> list[Any]:
        """Run one statement; its rows."""
        return self._connection.execute(sql, parameters).fetchall()

    async def executemany(self, sql: str, rows: Iterable[Parameters]) -> sqlite3.Cursor:
        """Run one statement for each set of parameters."""
        return self._connection.executemany(sql, rows)

    async def executescript(self, script: str) -> sqlite3.Cursor:
        """Run several statements."""
        return self._connection.executescript(script)

    async def rollback(self) -> None:
        """Undo a transaction if one is open."""
        self._connection.rollback()

    async def close(self) -> None:
        """Close it."""
        self._connection.close()


async def _connect(target: str, **options: Any) -> aiosqlite.Connection:
    return cast("aiosqlite.Connection", InlineDatabase(sqlite3.connect(target, **options)))


class InlineConnection(SqliteConnection):
    """Runs statements where they are asked for."""

    connect = staticmethod(cast("Any", _connect))


async def open_inline(path: Path | None) -> SqliteStore:
    """Open or create the database of a simulated relay."""
    return SqliteStore(await InlineConnection.open(path))
