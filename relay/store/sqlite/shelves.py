"""Shelves, replies and spent tickets of a transaction on SQLite.

Invariant: as `relay.store.interface` says.
Spec: docs/protocol.md, Relay; schema in relay/migrations/sqlite/.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from relay.store.records import ReplyRow, ShelfRow, TicketRow
from relay.store.sqlite.transaction import SqliteStatements

_SHELF: Final = "SELECT id, name, next_number, day FROM wanted CROSS JOIN shelves"


class SqliteShelves(SqliteStatements):
    """`relay.store.interface.Shelves`."""

    async def shelves_named(self, names: Sequence[bytes]) -> list[ShelfRow]:
        sql = f"{_SHELF} ON name = mark"
        rows = await self.read_each("mark", sql, [(name,) for name in names])
        return list({row[0]: ShelfRow(*row) for row in rows}.values())

    async def shelves(self, ids: Sequence[int]) -> list[ShelfRow]:
        rows = await self.read_each("id", f"{_SHELF} USING (id)", [(number,) for number in ids])
        return [ShelfRow(*row) for row in rows]

    async def shelf_count(self) -> int:
        return int((await self.read("SELECT COUNT(*) FROM shelves"))[0][0])

    async def shelves_used_since(self, day: int) -> int:
        return int((await self.read("SELECT COUNT(*) FROM shelves WHERE day >= ?", day))[0][0])

    def put_shelves(self, rows: Iterable[ShelfRow]) -> None:
        self.write(
            "INSERT INTO shelves VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
            "next_number = excluded.next_number, day = excluded.day",
            [(row.id, row.name, row.next_number, row.day) for row in rows],
        )

    async def replies(self, wanted: Sequence[tuple[int, int]]) -> list[tuple[int, bytes] | None]:
        sql = (
            "SELECT place, replies.number, body FROM wanted CROSS JOIN replies ON id = (SELECT id FROM replies "
            "WHERE shelf = wanted.shelf AND number >= wanted.number ORDER BY number LIMIT 1)"
        )
        keys = [(place, shelf, number) for place, (shelf, number) in enumerate(wanted)]
        rows = await self.read_each("place, shelf, number", sql, keys)
        found = {place: (number, body) for place, number, body in rows}
        return [found.get(place) for place in range(len(wanted))]

    async def reply_counts(self, shelves: Sequence[int]) -> dict[int, int]:
        sql = "SELECT shelf, COUNT(*) FROM wanted CROSS JOIN replies USING (shelf) GROUP BY shelf"
        return dict.fromkeys(shelves, 0) | dict(await self.read_each("shelf", sql, [(n,) for n in set(shelves)]))

    def add_replies(self, rows: Iterable[ReplyRow]) -> None:
        self.write(
            "INSERT INTO replies VALUES (?, ?, ?, ?, ?)",
            [(row.id, row.shelf, row.number, row.day, row.body) for row in rows],
        )

    def erase_replies_below(self, floors: Iterable[tuple[int, int]]) -> None:
        self.write("DELETE FROM replies WHERE shelf = ? AND number < ?", floors)

    async def tickets(self, hashes: Sequence[bytes]) -> list[TicketRow]:
        sql = "SELECT ticket, shelf, day, expires FROM wanted CROSS JOIN tickets USING (ticket)"
        rows = await self.read_each("ticket", sql, [(ticket,) for ticket in hashes])
        return [TicketRow(*row) for row in rows]

    def put_tickets(self, rows: Iterable[TicketRow]) -> None:
        self.write(
            "INSERT OR REPLACE INTO tickets VALUES (?, ?, ?, ?)",
            [(row.ticket, row.shelf, row.day, row.expires) for row in rows],
        )
