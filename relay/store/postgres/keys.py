"""State, keys, replay tags and access secrets of a transaction on PostgreSQL.

Invariant: as `relay.store.interface` says. What is read in order to be changed is locked, each kind sorted by its key.
Spec: docs/protocol.md, Relay; schema in relay/migrations/postgres/.
"""

from collections.abc import Iterable, Mapping, Sequence

from relay.store.postgres.transaction import PostgresStatements, columns_of, rows_of
from relay.store.records import KeyKind, KeyRow, TagRow


class PostgresKeys(PostgresStatements):
    """`relay.store.interface.Keys`."""

    async def state(self) -> dict[str, int]:
        return dict(await self.read("SELECT name, value FROM state ORDER BY name"))

    def set_state(self, values: Mapping[str, int]) -> None:
        sql = f"INSERT INTO state SELECT * FROM {rows_of('ti')} ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self.write_rows(sql, values.items())

    async def keys(self) -> list[KeyRow]:
        rows = await self.read("SELECT kind, period, secret FROM keys ORDER BY kind, period")
        return [KeyRow(KeyKind(kind), period, secret) for kind, period, secret in rows]

    def add_keys(self, rows: Iterable[KeyRow]) -> None:
        sql = f"INSERT INTO keys SELECT * FROM {rows_of('iib')}"
        self.write_rows(sql, [(row.kind, row.period, row.secret) for row in rows])

    def erase_keys(self, keys: Iterable[tuple[KeyKind, int]]) -> None:
        gone = list(keys)
        self.write_rows(f"DELETE FROM keys WHERE (kind, period) IN (SELECT * FROM {rows_of('ii')})", gone)
        self.write_rows(f"DELETE FROM tags WHERE (kind, period) IN (SELECT * FROM {rows_of('ii')})", gone)

    async def seen_tags(self, tags: Sequence[TagRow]) -> set[TagRow]:
        sql = f"SELECT kind, period, tag FROM tags WHERE (kind, period, tag) IN (SELECT * FROM {rows_of('iib')})"
        return await self._tags(sql, tags)

    async def claim_tags(self, tags: Sequence[TagRow]) -> set[TagRow]:
        sql = f"INSERT INTO tags SELECT * FROM {rows_of('iib')} ON CONFLICT DO NOTHING RETURNING kind, period, tag"
        return await self._tags(sql, tags)

    async def _tags(self, sql: str, tags: Sequence[TagRow]) -> set[TagRow]:
        if not tags:
            return set()
        rows = sorted((int(row.kind), row.period, row.tag) for row in tags)
        found = await self.read(sql, *columns_of(rows))
        return {TagRow(KeyKind(kind), period, tag) for kind, period, tag in found}

    async def access(self) -> dict[int, bytes]:
        return dict(await self.read("SELECT epoch, secret FROM access ORDER BY epoch"))

    def add_access(self, epoch: int, secret: bytes, oldest: int) -> None:
        self.write("INSERT INTO access VALUES ($1, $2) ON CONFLICT DO NOTHING", epoch, secret)
        self.write("DELETE FROM access WHERE epoch < $1", oldest)
