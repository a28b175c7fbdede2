"""One transaction on SQLite beneath the relay's own words: begun by its first statement, writes in order, in bulk.

Invariant: a statement serves many keys, so that a group of exchanges costs as many changes of threads as one exchange.
Spec: docs/protocol.md, Relay.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from relay.store.sqlite.connection import Parameters, Row, SqliteConnection, Value

MAX_KEYS: Final = 512
"""In one statement. SQLite takes 32766 parameters, and a body has four kilobytes."""


class SqliteStatements:
    """The statements of one transaction, without their meaning."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._begun = False
        self._queue: list[tuple[str, list[Parameters]]] = []

    def write(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Queue a statement that runs once for each of `rows`."""
        batch = list(rows)
        if self._queue and self._queue[-1][0] == sql:
            self._queue[-1][1].extend(batch)
        elif batch:
            self._queue.append((sql, batch))

    async def read(self, sql: str, *parameters: Value) -> list[Row]:
        """Write what is queued, then run one query."""
        await self._flush()
        return await self._connection.fetch(sql, parameters)

    async def read_each(self, key: str, sql: str, keys: Sequence[Parameters]) -> list[Row]:
        """The same with a table `wanted` of these keys, whose columns `key` names.

        Who joins it writes CROSS JOIN: SQLite then begins at it, and does not read the other table whole.
        """
        found: list[Row] = []
        for chunk in _chunks(keys):
            # NULL is equal to nothing.
            chunk += [(None,) * len(chunk[0])] * (_padded(len(chunk)) - len(chunk))
            found += await self.read(f"WITH wanted ({key}) AS ({_values(chunk)}) {sql}", *_flat(chunk))
        return found

    async def add_new(self, table: str, key: str, rows: Sequence[Parameters]) -> list[Row]:
        """Add rows where their key is free; the keys of those that were added."""
        found: list[Row] = []
        for chunk in _chunks(rows):
            # The last one again: by then its key is taken.
            chunk += [chunk[-1]] * (_padded(len(chunk)) - len(chunk))
            sql = f"INSERT INTO {table} {_values(chunk)} ON CONFLICT DO NOTHING RETURNING {key}"
            found += await self.read(sql, *_flat(chunk))
        return found

    async def erase(self, sql: str, *parameters: int) -> int:
        """Run a statement that writes; how many rows it changed."""
        await self._flush()
        return await self._connection.change(sql, parameters)

    async def _flush(self) -> None:
        if not self._begun:
            await self._connection.change("BEGIN IMMEDIATE")
            self._begun = True
        queue, self._queue = self._queue, []
        for sql, batch in queue:
            await self._connection.change_each(sql, batch)

    async def commit(self) -> None:
        """Write what is queued and make it durable; nothing at all if nothing was asked for."""
        if self._begun or self._queue:
            await self._flush()
            await self._connection.change("COMMIT")
            self._begun = False

    async def roll_back(self) -> None:
        """Undo everything."""
        self._queue.clear()
        await self._connection.roll_back()


def _chunks(rows: Sequence[Parameters]) -> Iterable[list[Parameters]]:
    return (list(rows[at : at + MAX_KEYS]) for at in range(0, len(rows), MAX_KEYS))


def _padded(count: int) -> int:
    """The next power of two: few texts, so that the connection has each compiled already."""
    return 1 << (count - 1).bit_length()


def _values(rows: Sequence[Parameters]) -> str:
    row = f"({', '.join('?' * len(rows[0]))})"
    return f"VALUES {', '.join([row] * len(rows))}"


def _flat(rows: Iterable[Parameters]) -> list[Value]:
    return [value for row in rows for value in row]
