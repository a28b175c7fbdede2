"""The pool of a transaction on SQLite: packets, and ways back of fetches.

Invariant: as `relay.store.interface` says.
Spec: docs/protocol.md, Relay; schema in relay/migrations/sqlite/.
"""

from collections.abc import Iterable, Sequence

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId
from relay.store.interface import PoolEntry
from relay.store.records import PacketRow, ReturnRow
from relay.store.sqlite.transaction import SqliteStatements


class SqlitePool(SqliteStatements):
    """`relay.store.interface.Pool`."""

    async def pool(self) -> list[PoolEntry]:
        return list(await self.read("SELECT due, id, next, kind FROM packets ORDER BY due, id"))

    async def packets(self, ids: Sequence[int]) -> list[PacketRow]:
        sql = "SELECT id, due, next, kind, ref, body FROM wanted CROSS JOIN packets USING (id)"
        rows = await self.read_each("id", sql, [(number,) for number in ids])
        found = {
            number: PacketRow(number, due, RelayId(peer), FrameKind(kind), ref, body)
            for number, due, peer, kind, ref, body in rows
        }
        return [found[number] for number in ids if number in found]

    def add_packets(self, rows: Iterable[PacketRow]) -> None:
        self.write(
            "INSERT INTO packets VALUES (?, ?, ?, ?, ?, ?)",
            [(row.id, row.due_ms, row.next, row.kind, row.ref, row.body) for row in rows],
        )

    def clamp_packets(self, latest_ms: int) -> None:
        late = "(SELECT MAX(due) - ?1 FROM packets WHERE kind = ?2)"
        earlier = f"UPDATE packets SET due = due - {late} WHERE kind = ?2 AND {late} > 0"
        self.write(earlier, [(latest_ms, FrameKind.PIECE)])
        self.write("UPDATE packets SET due = ?1 WHERE due > ?1", [(latest_ms,)])

    def erase_packets(self, ids: Iterable[int]) -> None:
        self.write("DELETE FROM packets WHERE id = ?", [(number,) for number in ids])

    async def returns(self, refs: Sequence[bytes]) -> dict[bytes, ReturnRow]:
        sql = (
            "SELECT ref, sent_to, came_from, their_ref, shelf, back_ms, reply_key, quarter "
            "FROM wanted CROSS JOIN returns USING (ref)"
        )
        rows = await self.read_each("ref", sql, [(ref,) for ref in refs])
        return {row[0]: ReturnRow(*row) for row in rows}

    def add_returns(self, rows: Iterable[ReturnRow]) -> None:
        self.write(
            "INSERT INTO returns VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (r.ref, r.sent_to, r.came_from, r.their_ref, r.shelf, r.back_ms, r.reply_key, r.quarter)
                for r in rows
            ],
        )  # fmt: skip

    def erase_returns(self, refs: Iterable[bytes]) -> None:
        self.write("DELETE FROM returns WHERE ref = ?", [(ref,) for ref in refs])
