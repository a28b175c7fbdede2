"""State, keys, replay tags and access secrets of a transaction on SQLite.

Invariant: as `relay.store.interface` says.
Spec: docs/protocol.md, Relay; schema in relay/migrations/sqlite/.
"""

from collections.abc import Iterable, Mapping, Sequence

from relay.store.records import KeyKind, KeyRow, TagRow
from relay.store.sqlite.transaction import SqliteStatements


class SqliteKeys(SqliteStatements):
    """`relay.store.interface.Keys`."""

    async def state(self) -> dict[str, int]:
        return dict(await self.read("SELECT name, value FROM state ORDER BY name"))

    def set_state(self, values: Mapping[str, int]) -> None:
        self.write("INSERT OR REPLACE INTO state VALUES (?, ?)", list(values.items()))

    async def keys(self) -> list[KeyRow]:
        rows = await self.read("SELECT kind, period, secret FROM keys ORDER BY kind, period")
        return [KeyRow(KeyKind(kind), period, secret) for kind, period, secret in rows]

    def add_keys(self, rows: Iterable[KeyRow]) -> None:
        self.write("INSERT INTO keys VALUES (?, ?, ?)", [(row.kind, row.period, row.secret) for row in rows])

    def erase_keys(self, keys: Iterable[tuple[KeyKind, int]]) -> None:
        gone = list(keys)
        self.write("DELETE FROM keys WHERE kind = ? AND period = ?", gone)
        self.write("DELETE FROM tags WHERE kind = ? AND period = ?", gone)

    async def seen_tags(self, tags: Sequence[TagRow]) -> set[TagRow]:
        sql = "SELECT kind, period, tag FROM wanted CROSS JOIN tags USING (kind, period, tag)"
        found = await self.read_each("kind, period, tag", sql, [(row.kind, row.period, row.tag) for row in tags])
        return {TagRow(KeyKind(kind), period, tag) for kind, period, tag in found}

    async def claim_tags(self, tags: Sequence[TagRow]) -> set[TagRow]:
        rows = [(row.kind, row.period, row.tag) for row in tags]
        new = await self.add_new("tags", "kind, period, tag", rows)
        return {TagRow(KeyKind(kind), period, tag) for kind, period, tag in new}

    async def access(self) -> dict[int, bytes]:
        return dict(await self.read("SELECT epoch, secret FROM access ORDER BY epoch"))

    def add_access(self, epoch: int, secret: bytes, oldest: int) -> None:
        self.write("INSERT OR IGNORE INTO access VALUES (?, ?)", [(epoch, secret)])
        self.write("DELETE FROM access WHERE epoch < ?", [(oldest,)])
