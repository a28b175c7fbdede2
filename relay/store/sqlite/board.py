"""Cells, the board and links of a transaction on SQLite.

Invariant: as `relay.store.interface` says.
Spec: docs/protocol.md, Relay; schema in relay/migrations/sqlite/.
"""

from collections.abc import Iterable, Sequence

from protocol.seams import RelayId
from relay.store.records import CellRow, DescriptorRow, LinkRow, ListedRow, PieceRow, SealRow, cell_id
from relay.store.sqlite.transaction import SqliteStatements


class SqliteBoard(SqliteStatements):
    """`relay.store.interface.Board`."""

    async def cells(self, holes: Sequence[bytes]) -> dict[bytes, bytes]:
        sql = "SELECT hole, cell FROM wanted CROSS JOIN cells USING (id, hole)"
        return dict(await self.read_each("id, hole", sql, [(cell_id(hole), hole) for hole in holes]))

    async def claim_cells(self, rows: Sequence[CellRow]) -> set[int]:
        new = await self.add_new("cells", "id", [(row.id, row.hole, row.day, row.cell) for row in rows])
        return {number for (number,) in new}

    async def hole_intervals(self) -> dict[int, int]:
        return dict(await self.read("SELECT interval, COUNT(*) FROM holes GROUP BY interval ORDER BY interval"))

    async def holes(self, interval: int) -> list[bytes]:
        rows = await self.read("SELECT hole FROM holes WHERE interval = ? ORDER BY hole", interval)
        return [hole for (hole,) in rows]

    def add_holes(self, rows: Iterable[tuple[int, bytes]]) -> None:
        self.write("INSERT OR IGNORE INTO holes VALUES (?, ?)", rows)

    def erase_holes(self, interval: int) -> None:
        self.write("DELETE FROM holes WHERE interval = ?", [(interval,)])

    async def sheet_lengths(self) -> dict[int, int]:
        return dict(await self.read("SELECT interval, SUM(LENGTH(entry)) FROM sheets GROUP BY interval"))

    async def sheets(self, intervals: Sequence[int]) -> dict[int, bytes]:
        sql = "SELECT interval, entry FROM wanted CROSS JOIN sheets USING (interval) ORDER BY interval, place"
        entries: dict[int, list[bytes]] = {interval: [] for interval in intervals}
        for interval, entry in await self.read_each("interval", sql, [(interval,) for interval in entries]):
            entries[interval].append(entry)
        return {interval: b"".join(found) for interval, found in entries.items()}

    def append_sheet(self, interval: int, entries: Sequence[bytes]) -> None:
        self.write(
            "INSERT INTO sheets SELECT ?1, COALESCE(MAX(place) + 1, 0), ?2 FROM sheets WHERE interval = ?1",
            [(interval, entry) for entry in entries],
        )

    def erase_sheets(self, since_interval: int) -> None:
        self.write("DELETE FROM sheets WHERE interval >= ?", [(since_interval,)])

    async def listed(self, kind: int, relay: int, period: int) -> set[bytes]:
        sql = "SELECT digest FROM listed WHERE kind = ? AND relay = ? AND period = ?"
        return {digest for (digest,) in await self.read(sql, kind, relay, period)}

    def add_listed(self, row: ListedRow) -> None:
        self.write(
            "INSERT OR IGNORE INTO listed VALUES (?, ?, ?, ?, ?)",
            [(row.kind, row.relay, row.period, row.digest, row.day)],
        )

    async def chains(self) -> bytes | None:
        rows = await self.read("SELECT body FROM board_state WHERE name = 'chains'")
        return rows[0][0] if rows else None

    def put_chains(self, body: bytes) -> None:
        self.write("INSERT OR REPLACE INTO board_state VALUES ('chains', ?)", [(body,)])

    async def seals(self) -> list[SealRow]:
        return [SealRow(*row) for row in await self.read("SELECT relay, interval, body FROM seals ORDER BY relay")]

    def put_seal(self, row: SealRow) -> None:
        self.write("INSERT OR REPLACE INTO seals VALUES (?, ?, ?)", [(row.relay, row.interval, row.body)])

    async def pieces(self, relay: RelayId) -> list[PieceRow]:
        sql = "SELECT relay, entry, part, day, body FROM pieces WHERE relay = ? ORDER BY entry, part"
        return [PieceRow(*row) for row in await self.read(sql, relay)]

    def add_piece(self, row: PieceRow) -> None:
        self.write(
            "INSERT OR IGNORE INTO pieces VALUES (?, ?, ?, ?, ?)", [(row.relay, row.entry, row.part, row.day, row.body)]
        )

    def erase_pieces(self, relay: RelayId, entry: bytes) -> None:
        self.write("DELETE FROM pieces WHERE relay = ? AND entry = ?", [(relay, entry)])

    async def descriptors(self) -> list[DescriptorRow]:
        rows = await self.read("SELECT relay, day, body FROM descriptors ORDER BY relay, day")
        return [DescriptorRow(*row) for row in rows]

    def put_descriptor(self, row: DescriptorRow, oldest: int) -> None:
        self.write("INSERT OR REPLACE INTO descriptors VALUES (?, ?, ?)", [(row.relay, row.day, row.body)])
        self.write("DELETE FROM descriptors WHERE relay = ? AND day < ?", [(row.relay, oldest)])

    def erase_descriptors(self, relay: RelayId, since_day: int) -> None:
        self.write("DELETE FROM descriptors WHERE relay = ? AND day >= ?", [(relay, since_day)])

    async def rosters(self) -> list[tuple[int, bytes]]:
        return list(await self.read("SELECT version, body FROM rosters ORDER BY version"))

    def add_roster(self, version: int, body: bytes) -> None:
        self.write("INSERT OR REPLACE INTO rosters VALUES (?, ?)", [(version, body)])

    async def link(self, relay: RelayId, process: bytes) -> LinkRow | None:
        rows = await self.read("SELECT seq, seen, day FROM links WHERE relay = ? AND boot = ?", relay, process)
        return LinkRow(relay, process, *rows[0]) if rows else None

    def put_link(self, row: LinkRow) -> None:
        values = (row.relay, row.process, row.seq, row.seen, row.day)
        self.write("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)", [values])

    def thin_links(self, relay: RelayId, keep: int) -> None:
        latest = "SELECT boot FROM links WHERE relay = ?1 ORDER BY day DESC, boot LIMIT -1 OFFSET ?2"
        self.write(f"DELETE FROM links WHERE relay = ?1 AND boot IN ({latest})", [(relay, keep)])
