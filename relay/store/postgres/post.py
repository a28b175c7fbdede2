"""Keys, the pool and shelves of a transaction on PostgreSQL: what letters on their way need.

Invariant: as `relay.store.interface` says. What is read in order to be changed is locked, each kind sorted by its key.
Specification: docs/protocol.md, Relay; schema in relay/migrations/postgres/.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId
from relay.store.interface import PoolEntry
from relay.store.postgres.transaction import PostgresStatements, columns_of, rows_of
from relay.store.records import KeyKind, KeyRow, PacketRow, ReplyRow, ReturnRow, ShelfRow, TagRow, TicketRow

_SHELF: Final = "SELECT id, name, former, next_number, day FROM shelves"


class PostgresPost(PostgresStatements):
    """The first half of `relay.store.interface.Transaction`."""

    # state and keys

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

    # pool

    async def pool(self) -> list[PoolEntry]:
        rows = await self.read("SELECT due, id, next, kind FROM packets ORDER BY due, id")
        return [(due, number, peer, kind) for due, number, peer, kind in rows]

    async def packets(self, ids: Sequence[int]) -> list[PacketRow]:
        # Of a packet that another process has taken over since, we know nothing any more.
        sql = (
            "SELECT id, due, next, kind, ref, body FROM packets "
            "WHERE id = ANY($1::bigint[]) AND (holder IS NULL OR holder = $2)"
        )
        rows = await self.read(sql, list(ids), self._session.process) if ids else []
        found = {
            number: PacketRow(number, due, RelayId(peer), FrameKind(kind), ref, body)
            for number, due, peer, kind, ref, body in rows
        }
        return [found[number] for number in ids if number in found]

    def add_packets(self, rows: Iterable[PacketRow]) -> None:
        sql = f"INSERT INTO packets (id, due, next, kind, ref, body) SELECT * FROM {rows_of('iiiibb')}"
        self.write_rows(sql, [(row.id, row.due_ms, row.next, row.kind, row.ref, row.body) for row in rows])

    def clamp_packets(self, latest_ms: int) -> None:
        self.write("UPDATE packets SET due = $1 WHERE due > $1", latest_ms)

    def erase_packets(self, ids: Iterable[int]) -> None:
        self.write_rows("DELETE FROM packets WHERE id = ANY($1::bigint[])", [(number,) for number in ids])

    async def returns(self, refs: Sequence[bytes]) -> dict[bytes, ReturnRow]:
        sql = (
            "SELECT ref, sent_to, came_from, their_ref, shelf, back_ms, reply_key, quarter FROM returns "
            "WHERE ref = ANY($1::bytea[]) ORDER BY ref FOR UPDATE"
        )
        rows = await self.read(sql, list(refs)) if refs else []
        return {row[0]: ReturnRow(*row) for row in rows}

    def add_returns(self, rows: Iterable[ReturnRow]) -> None:
        sql = f"INSERT INTO returns SELECT * FROM {rows_of('biibiibi')}"
        self.write_rows(
            sql,
            [
                (r.ref, r.sent_to, r.came_from, r.their_ref, r.shelf, r.back_ms, r.reply_key, r.quarter)
                for r in rows
            ],
        )  # fmt: skip

    def erase_returns(self, refs: Iterable[bytes]) -> None:
        self.write_rows("DELETE FROM returns WHERE ref = ANY($1::bytea[])", [(ref,) for ref in refs])

    # shelves

    async def _lock_names(self, names: Sequence[bytes]) -> None:
        """Wait for whoever is making or naming a shelf, or spending a ticket, by one of these hashes."""
        numbers = sorted({int.from_bytes(name[:8], "big", signed=True) for name in names})
        await self.read("SELECT pg_advisory_xact_lock(number) FROM unnest($1::bigint[]) AS number", numbers)

    async def shelves_named(self, names: Sequence[bytes]) -> list[ShelfRow]:
        if not names:
            return []
        await self._lock_names(names)
        sql = f"{_SHELF} WHERE name = ANY($1::bytea[]) OR former = ANY($1::bytea[]) ORDER BY id FOR UPDATE"
        return [ShelfRow(*row) for row in await self.read(sql, list(names))]

    async def shelves(self, ids: Sequence[int]) -> list[ShelfRow]:
        sql = f"{_SHELF} WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE"
        return [ShelfRow(*row) for row in await self.read(sql, list(ids))] if ids else []

    async def shelf_count(self) -> int:
        return int((await self.read("SELECT count(*) FROM shelves"))[0][0])

    async def shelves_used_since(self, day: int) -> int:
        return int((await self.read("SELECT count(*) FROM shelves WHERE day >= $1", day))[0][0])

    def put_shelves(self, rows: Iterable[ShelfRow]) -> None:
        self.write_rows(
            f"INSERT INTO shelves SELECT * FROM {rows_of('ibbii')} ON CONFLICT (id) DO UPDATE SET "
            "name = excluded.name, former = excluded.former, next_number = excluded.next_number, day = excluded.day",
            [(row.id, row.name, row.former, row.next_number, row.day) for row in rows],
        )

    async def replies(self, wanted: Sequence[tuple[int, int]]) -> list[tuple[int, bytes] | None]:
        if not wanted:
            return []
        sql = (
            "SELECT wanted.place, found.number, found.body "
            "FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS wanted (shelf, number, place), "
            "LATERAL (SELECT number, body FROM replies WHERE shelf = wanted.shelf AND number >= wanted.number "
            "ORDER BY number LIMIT 1) AS found"
        )
        rows = await self.read(sql, [shelf for shelf, _ in wanted], [number for _, number in wanted])
        found = {place: (number, body) for place, number, body in rows}
        return [found.get(place) for place in range(1, len(wanted) + 1)]

    async def reply_counts(self, shelves: Sequence[int]) -> dict[int, int]:
        sql = "SELECT shelf, count(*) FROM replies WHERE shelf = ANY($1::bigint[]) GROUP BY shelf"
        found = dict(await self.read(sql, list(shelves)))
        return {shelf: found.get(shelf, 0) for shelf in shelves}

    def add_replies(self, rows: Iterable[ReplyRow]) -> None:
        sql = f"INSERT INTO replies SELECT * FROM {rows_of('iiiib')}"
        self.write_rows(sql, [(row.id, row.shelf, row.number, row.day, row.body) for row in rows])

    def erase_replies_below(self, floors: Iterable[tuple[int, int]]) -> None:
        sql = (
            f"DELETE FROM replies USING {rows_of('ii')} AS floors (shelf, number) "
            "WHERE replies.shelf = floors.shelf AND replies.number < floors.number"
        )
        self.write_rows(sql, floors)

    async def tickets(self, hashes: Sequence[bytes]) -> list[TicketRow]:
        if not hashes:
            return []
        await self._lock_names(hashes)
        sql = "SELECT ticket, shelf, day, expires FROM tickets WHERE ticket = ANY($1::bytea[])"
        return [TicketRow(*row) for row in await self.read(sql, list(hashes))]

    def put_tickets(self, rows: Iterable[TicketRow]) -> None:
        self.write_rows(
            f"INSERT INTO tickets SELECT * FROM {rows_of('biii')} ON CONFLICT (ticket) DO UPDATE SET "
            "shelf = excluded.shelf, day = excluded.day, expires = excluded.expires",
            [(row.ticket, row.shelf, row.day, row.expires) for row in rows],
        )
