"""What a transaction on PostgreSQL erases when its time is over.

Invariant: as `relay.store.interface` says.
Spec: docs/protocol.md, Relay; schema in relay/migrations/postgres/.
"""

from relay.store.postgres.transaction import PostgresStatements


class PostgresExpiry(PostgresStatements):
    """`relay.store.interface.Expiry`."""

    async def expire_cells(self, before_day: int, limit: int) -> int:
        sql = "DELETE FROM cells WHERE id IN (SELECT id FROM cells WHERE day < $1 LIMIT $2)"
        return await self.erase(sql, before_day, limit)

    async def expire_replies(self, before_day: int, limit: int) -> int:
        sql = "DELETE FROM replies WHERE id IN (SELECT id FROM replies WHERE day < $1 LIMIT $2)"
        return await self.erase(sql, before_day, limit)

    async def expire_returns(self, before_quarter: int, limit: int) -> int:
        sql = "DELETE FROM returns WHERE ref IN (SELECT ref FROM returns WHERE quarter < $1 LIMIT $2)"
        return await self.erase(sql, before_quarter, limit)

    async def expire_shelves(self, before_day: int, limit: int) -> int:
        chosen = "SELECT id FROM shelves WHERE day < $1 ORDER BY id LIMIT $2"
        await self.erase(f"DELETE FROM replies WHERE shelf IN ({chosen})", before_day, limit)
        return await self.erase(f"DELETE FROM shelves WHERE id IN ({chosen})", before_day, limit)

    async def expire_tickets(self, today: int, unbind_before_day: int) -> int:
        await self.erase("UPDATE tickets SET shelf = NULL WHERE shelf IS NOT NULL AND day < $1", unbind_before_day)
        return await self.erase("DELETE FROM tickets WHERE expires < $1", today)

    async def expire_board(self, before_interval: int, before_day: int) -> int:
        rows = await self.erase('DELETE FROM sheets WHERE "interval" < $1', before_interval)
        rows += await self.erase("DELETE FROM listed WHERE day < $1", before_day)
        return rows + await self.erase("DELETE FROM pieces WHERE day < $1", before_day)

    async def expire_links(self, before_day: int) -> int:
        return await self.erase("DELETE FROM links WHERE day < $1", before_day)
