"""One transaction on PostgreSQL beneath the relay's own words: begun by its first statement, writes in order, in bulk.

Invariant: all statements of a transaction go over the one connection on which it began; when that is lost, the rest
fails. Rows go in and out as arrays, so that a group of exchanges costs as many round trips as one exchange.
Spec: docs/protocol.md, Relay.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from relay.errors import StoreAway, StoreFailed
from relay.store.postgres.session import GATE, PostgresSession

if TYPE_CHECKING:
    import asyncpg

Value = int | bytes | str | None
_ROLL_BACK_S: Final = 5.0
_ARRAYS: Final = {"i": "bigint[]", "b": "bytea[]", "t": "text[]"}


def rows_of(types: str) -> str:
    """SQL for a table made of one array parameter for each letter: i integer, b bytes, t text."""
    return f"unnest({', '.join(f'${n}::{_ARRAYS[letter]}' for n, letter in enumerate(types, start=1))})"


def columns_of(rows: Sequence[Sequence[Value]]) -> list[list[Value]]:
    """The same rows as one list for each column."""
    return [list(column) for column in zip(*rows, strict=True)]


class PostgresStatements:
    """The statements of one transaction, without their meaning."""

    def __init__(self, session: PostgresSession, alone: bool) -> None:
        self._session = session
        self._alone = alone
        self._connection: asyncpg.Connection | None = None
        self._queue: list[tuple[str, list[Any]]] = []
        self._wrote = False

    @property
    def has_written(self) -> bool:
        """Whether it has changed anything, or is about to."""
        return self._wrote or bool(self._queue)

    def write(self, sql: str, *parameters: Any) -> None:
        """Queue a statement."""
        self._queue.append((sql, list(parameters)))

    def write_rows(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Queue a statement that takes the columns of `rows` as arrays; none if there are no rows."""
        if batch := list(rows):
            self.write(sql, *columns_of(batch))

    async def read(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Write what is queued, then run one query."""

        async def step(connection: "asyncpg.Connection") -> list[tuple[Any, ...]]:
            await self._flush(connection)
            return [tuple(row) for row in await connection.fetch(sql, *parameters)]

        return await self._session.run(step)

    async def change(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Like `read`, for a statement that writes and returns what it wrote."""
        self._wrote = True
        return await self.read(sql, *parameters)

    async def erase(self, sql: str, *parameters: int) -> int:
        """Run a statement that writes; how many rows it changed."""

        async def step(connection: "asyncpg.Connection") -> int:
            await self._flush(connection)
            return int((await connection.execute(sql, *parameters)).rpartition(" ")[2])

        self._wrote = True
        return await self._session.run(step)

    async def _flush(self, connection: "asyncpg.Connection") -> None:
        if self._connection is None:
            lock = "pg_advisory_xact_lock" if self._alone else "pg_advisory_xact_lock_shared"
            await connection.execute(f"BEGIN; SELECT {lock}({GATE[0]}, {GATE[1]})")
            self._connection = connection
        elif self._connection is not connection:
            raise StoreAway("the connection to the relay's database was lost; nothing new was accepted")
        queue, self._queue = self._queue, []
        self._wrote = self._wrote or bool(queue)
        for sql, parameters in queue:
            await connection.execute(sql, *parameters)

    async def commit(self) -> None:
        """Write what is queued and make it durable; nothing at all if nothing was asked for."""

        async def step(connection: "asyncpg.Connection") -> None:
            await self._flush(connection)
            if await connection.execute("COMMIT") != "COMMIT":
                raise StoreFailed("the relay's database undid a transaction; nothing new was accepted")

        if self._connection is not None or self._queue:
            await self._session.run(step)

    async def roll_back(self) -> None:
        """Undo everything; where that cannot be asked for, the connection is cut and the server does it."""
        self._queue.clear()
        connection = self._connection
        if connection is None:
            return
        try:
            async with asyncio.timeout(_ROLL_BACK_S):
                await connection.execute("ROLLBACK")
        except Exception:
            self._session.drop()
