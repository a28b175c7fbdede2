"""What a transaction on SQLite erases when its time is over.

Invariant: as `relay.store.interface` says.
Spec: docs/protocol.md, Relay; schema in relay/migrations/sqlite/.
"""

from relay.store.sqlite.transaction import SqliteStatements


class SqliteExpiry(SqliteStatements):
    """`relay.store.interface.Expiry`."""

    async def expire_cells(self, before_day: int, limit: int) -> int:
        sql = "DELETE FROM cells WHERE id IN (SELECT id FROM cells WHERE day < ? LIMIT ?)"
        return await self.erase(sql, before_day, limit)

    async def expire_replies(self, before_day: int, limit: int) -> int:
        sql = "DELETE FROM replies WHERE id IN (SELECT id FROM replies WHERE day < ? LIMIT ?)"
        return await self.erase(sql, before_day, limit)

    async def expire_returns(self, before_quarter: int, limit: int) -> int:
        sql = "DELETE FROM returns WHERE ref IN (SELECT ref FROM returns WHERE quarter < ? LIMIT ?)"
        return await self.erase(sql, before_quarter, limit)

    async def expire_shelves(self, before_day: int, limit: int) -> int:
        replies = "DELETE FROM replies WHERE shelf IN (SELECT id FROM shelves WHERE day < ? ORDER BY id LIMIT ?)"
        shelves = "DELETE FROM shelves WHERE id IN (SELECT id FROM shelves WHERE day < ? ORDER BY id LIMIT ?)"
        await self.erase(replies, before_day, limit)
        return await self.erase(shelves, before_day, limit)

    async def expire_tickets(self, today: int, unbind_before_day: int) -> int:
        await self.erase("UPDATE tickets SET shelf = NULL WHERE shelf IS NOT NULL AND day < ?", unbind_before_day)
        return await self.erase("DELETE FROM tickets WHERE expires < ?", today)

    async def expire_board(self, before_interval: int, before_day: int) -> int:
        rows = await self.erase("DELETE FROM sheets WHERE interval < ?", before_interval)
        rows += await self.erase("DELETE FROM listed WHERE day < ?", before_day)
        return rows + await self.erase("DELETE FROM pieces WHERE day < ?", before_day)

    async def expire_links(self, before_day: int) -> int:
        return await self.erase("DELETE FROM links WHERE day < ?", before_day)
