"""The relay's store in one PostgreSQL database, which several processes of the relay may share.

Invariant: as `relay.store.interface` says. What a transaction reads in order to change it is locked, always in
one order - links, ways back, names of shelves, shelves, tickets, tags, cells, and each of them sorted - so no two wait
for each other.
Spec: docs/protocol.md, Relay; schema in relay/migrations/postgres/.
Decisions 70, 74.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from protocol.seams import Entropy
from relay.store.address import PostgresAddress
from relay.store.postgres.board import PostgresBoard
from relay.store.postgres.claims import PostgresClaims
from relay.store.postgres.expiry import PostgresExpiry
from relay.store.postgres.keys import PostgresKeys
from relay.store.postgres.pool import PostgresPool
from relay.store.postgres.session import GATE, PostgresSession
from relay.store.postgres.shelves import PostgresShelves

if TYPE_CHECKING:
    import asyncpg

# Tables whose erased rows would tell most: keys, and which way back belongs to which shelf.
_REWRITTEN: Final = ("keys", "access", "returns", "tickets")
# A table that is written anew is closed meanwhile: exchanges and shipping wait no longer than this for any of them.
_CLOSED_MS: Final = 1000
# Nor does a table become closed while a transaction of ours, or somebody's backup, still reads it.
_WAIT_MS: Final = 200
_VACUUM_LOCK: Final = (GATE[0], 2)


class PostgresTransaction(PostgresKeys, PostgresPool, PostgresShelves, PostgresBoard, PostgresExpiry):
    """One transaction; use it through `PostgresStore.transaction`."""

    @property
    def claims(self) -> PostgresClaims:
        """The pool as several processes share it."""
        return PostgresClaims(self, self._session)

    async def changes(self) -> int:
        return int((await self.read("SELECT value FROM meta WHERE name = 'changes'"))[0][0])

    async def add_change(self) -> int:
        if not self.has_written:
            return await self.changes()
        rows = await self.change("UPDATE meta SET value = value + 1 WHERE name = 'changes' RETURNING value")
        return int(rows[0][0])


class PostgresStore:
    """A store in one PostgreSQL database."""

    def __init__(self, session: PostgresSession) -> None:
        self._session = session
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, address: PostgresAddress, entropy: Entropy, *, read_only: bool = False) -> "PostgresStore":
        """Connect, and make or migrate the tables unless `read_only`; see `PostgresSession.open`."""
        return cls(await PostgresSession.open(address, entropy, read_only=read_only))

    @asynccontextmanager
    async def transaction(self, *, alone: bool = False) -> AsyncIterator[PostgresTransaction]:
        """Begin a transaction when it is this caller's turn; durable at the end of the block, or undone."""
        async with self._turn:
            transaction = PostgresTransaction(self._session, alone)
            try:
                yield transaction
                await transaction.commit()
            except BaseException:
                # Shielded: a cancelled caller must not leave a transaction open for the next one.
                await asyncio.shield(transaction.roll_back())
                raise

    async def checkpoint(self) -> bool:
        """Write the small tables of secrets anew, without what was erased from them; False: somebody reads one.

        One that has grown so large that it would be closed for too long is left as it is. It, the other tables and the
        journal keep what was erased until the server reuses its place: docs/operators.md, PostgreSQL. Vacuuming them
        here would change nothing about that and could take minutes.
        """

        async def step(connection: "asyncpg.Connection") -> bool:
            import asyncpg

            number, other = _VACUUM_LOCK
            if not await connection.fetchval(f"SELECT pg_try_advisory_lock({number}, {other})"):
                return True  # another process is at it
            await connection.execute(f"SET lock_timeout = {_WAIT_MS}; SET statement_timeout = {_CLOSED_MS}")
            read = False
            for table in _REWRITTEN:
                try:
                    await connection.execute(f"VACUUM (FULL) {table}")
                except asyncpg.LockNotAvailableError:
                    read = True
                except asyncpg.QueryCanceledError:
                    continue  # too large
            return not read

        return await self._session.separately(step)

    async def tables(self) -> dict[str, list[str]]:
        """Every table and its columns, from PostgreSQL's own catalogue."""

        async def step(connection: "asyncpg.Connection") -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for table, column in await connection.fetch(
                "SELECT table_name::text, column_name::text FROM information_schema.columns "
                "WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
            ):
                found.setdefault(table, []).append(column)
            return found

        async with self._turn:
            return await self._session.run(step)

    async def ranges(self, table: str, columns: Sequence[str]) -> tuple[int, list[tuple[int, int] | None]]:
        """Count rows and find the least and greatest value of integer columns; names come from `tables`."""
        extremes = ", ".join(["count(*)", *(f'min("{name}"), max("{name}")' for name in columns)])

        async def step(connection: "asyncpg.Connection") -> list[int | None]:
            return list(await connection.fetchrow(f"SELECT {extremes} FROM {table}"))

        async with self._turn:
            count, *values = await self._session.run(step)
        pairs = zip(values[::2], values[1::2], strict=True)
        spans = [None if low is None or high is None else (low, high) for low, high in pairs]
        return count or 0, spans

    async def close(self) -> None:
        """Close the connection; what this process held is free."""
        async with self._turn:
            await self._session.close()
