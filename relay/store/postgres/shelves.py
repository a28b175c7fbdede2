"""Shelves, replies and spent tickets of a transaction on PostgreSQL.

Invariant: as `relay.store.interface` says. What is read in order to be changed is locked, each kind sorted by its key.
Spec: docs/protocol.md, Relay; schema in relay/migrations/postgres/.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from relay.store.postgres.transaction import PostgresStatements, rows_of
from relay.store.records import ReplyRow, ShelfRow, TicketRow

_SHELF: Final = "SELECT id, name, next_number, day FROM shelves"


class PostgresShelves(PostgresStatements):
    """`relay.store.interface.Shelves`."""

    async def _lock_names(self, names: Sequence[bytes]) -> None:
        """Wait for whoever is making or naming a shelf, or spending a ticket, by one of these hashes."""
        numbers = sorted({int.from_bytes(name[:8], "big", signed=True) for name in names})
        await self.read("SELECT pg_advisory_xact_lock(number) FROM unnest($1::bigint[]) AS number", numbers)

    async def shelves_named(self, names: Sequence[bytes]) -> list[ShelfRow]:
        if not names:
            return []
        await self._lock_names(names)
        sql = f"{_SHELF} WHERE name = ANY($1::bytea[]) ORDER BY id FOR UPDATE"
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
            f"INSERT INTO shelves SELECT * FROM {rows_of('ibii')} ON CONFLICT (id) DO UPDATE SET "
            "name = excluded.name, next_number = excluded.next_number, day = excluded.day",
            [(row.id, row.name, row.next_number, row.day) for row in rows],
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
