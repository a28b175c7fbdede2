"""The pool of a transaction on PostgreSQL: packets, and ways back of fetches.

Invariant: as `relay.store.interface` says. What is read in order to be changed is locked, each kind sorted by its key.
Spec: docs/protocol.md, Relay; schema in relay/migrations/postgres/.
"""

from collections.abc import Iterable, Sequence

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId
from relay.store.interface import PoolEntry
from relay.store.postgres.transaction import PostgresStatements, rows_of
from relay.store.records import PacketRow, ReturnRow


class PostgresPool(PostgresStatements):
    """`relay.store.interface.Pool`."""

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
        earlier = (
            "UPDATE packets SET due = due - late "
            "FROM (SELECT MAX(due) - $1 AS late FROM packets WHERE kind = $2) last WHERE kind = $2 AND late > 0"
        )
        self.write(earlier, latest_ms, FrameKind.PIECE)
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
