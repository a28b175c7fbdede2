"""The pool as processes that share one PostgreSQL take from it: `FOR UPDATE SKIP LOCKED`, and a holder for each packet.

Invariant: a packet is taken by one process, which is named in its row until the packet is erased; the server knows by
a session's lock which processes live, so no clock decides. A packet handed on twice, because its holder was cut off
after sending it, is recognised by its replay tag.
Spec: docs/protocol.md, Relay.
Decisions 68, 69.
"""

from collections.abc import Sequence
from typing import Final

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId
from relay.store.interface import PoolEntry, Waiting
from relay.store.postgres.session import PIECES, PROCESSES, PostgresSession
from relay.store.postgres.transaction import PostgresStatements

LIVING: Final = (
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
    f"AND classid = {PROCESSES} AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class PostgresClaims:
    """`relay.store.interface.Claims` inside one transaction."""

    def __init__(self, statements: PostgresStatements, session: PostgresSession) -> None:
        self._statements = statements
        self._session = session

    async def claim(self, peer: RelayId, until_ms: int, limit: int) -> list[PoolEntry]:
        return await self._claim("kind <> $5", "FOR UPDATE SKIP LOCKED", peer, until_ms, limit)

    async def claim_pieces(self, peer: RelayId, until_ms: int, limit: int) -> list[PoolEntry]:
        # Whoever else is about to take some has this lock until its commit.
        lock = f"SELECT pg_try_advisory_xact_lock({PIECES}, $1::bigint::int)"
        [(ours,)] = await self._statements.read(lock, peer)
        if not ours:
            return []
        nobody = "NOT EXISTS (SELECT FROM packets WHERE next = $1 AND kind = $5 AND holder IS NOT NULL)"
        return await self._claim(f"kind = $5 AND {nobody}", "FOR UPDATE", peer, until_ms, limit)

    async def _claim(self, which: str, lock: str, peer: RelayId, until_ms: int, limit: int) -> list[PoolEntry]:
        sql = (
            "WITH found AS MATERIALIZED (SELECT id FROM packets WHERE next = $1 AND due <= $2 AND holder IS NULL "
            f"AND {which} ORDER BY due, id LIMIT $3 {lock}) "
            "UPDATE packets SET holder = $4 FROM found WHERE packets.id = found.id "
            "RETURNING packets.due, packets.id, packets.next, packets.kind"
        )
        rows = await self._statements.change(sql, peer, until_ms, limit, self._session.process, FrameKind.PIECE)
        return sorted((due, number, relay, kind) for due, number, relay, kind in rows)

    async def held(self) -> list[PoolEntry]:
        sql = "SELECT due, id, next, kind FROM packets WHERE holder = $1 ORDER BY due, id"
        rows = await self._statements.read(sql, self._session.process)
        return [(due, number, relay, kind) for due, number, relay, kind in rows]

    def let_go(self) -> None:
        self._statements.write("UPDATE packets SET holder = NULL WHERE holder = $1", self._session.process)

    async def free(self) -> None:
        sql = f"UPDATE packets SET holder = NULL WHERE holder IS NOT NULL AND holder NOT IN ({LIVING})"
        await self._statements.erase(sql)

    async def waiting(self) -> Waiting:
        sql = f"SELECT (SELECT count(*) FROM packets WHERE kind <> $1), (SELECT count(*) FROM ({LIVING}) AS living)"
        [(travelling, processes)] = await self._statements.read(sql, FrameKind.PIECE)
        return Waiting(travelling, max(1, processes))

    async def last_piece_due(self) -> int:
        sql = "SELECT COALESCE(max(due), 0) FROM packets WHERE kind = $1"
        return int((await self._statements.read(sql, FrameKind.PIECE))[0][0])

    async def stale(self, kind: FrameKind, before_ms: int) -> list[int]:
        sql = "SELECT id FROM packets WHERE kind = $1 AND due < $2 ORDER BY id"
        return [number for (number,) in await self._statements.read(sql, kind, before_ms)]

    async def bound_for_others(self, peers: Sequence[RelayId]) -> list[int]:
        sql = "SELECT id FROM packets WHERE next <> ALL($1::bigint[]) ORDER BY id"
        return [number for (number,) in await self._statements.read(sql, list(peers))]
