"""Cells, the board and links of a transaction on PostgreSQL.

Invariant: as `relay.store.interface` says. The board changes in transactions that run alone.
Spec: docs/protocol.md, Board log; schema in relay/migrations/postgres/.
"""

from collections.abc import Iterable, Sequence

from protocol.seams import RelayId
from relay.store.postgres.transaction import PostgresStatements, columns_of, rows_of
from relay.store.records import CellRow, DescriptorRow, LinkRow, ListedRow, PieceRow, SealRow, cell_id


class PostgresBoard(PostgresStatements):
    """`relay.store.interface.Board`."""

    # cells

    async def cells(self, holes: Sequence[bytes]) -> dict[bytes, bytes]:
        if not holes:
            return {}
        sql = f"SELECT hole, cell FROM cells WHERE (id, hole) IN (SELECT * FROM {rows_of('ib')})"
        rows = await self.read(sql, *columns_of([(cell_id(hole), hole) for hole in holes]))
        return dict(rows)

    async def claim_cells(self, rows: Sequence[CellRow]) -> set[int]:
        if not rows:
            return set()
        sql = f"INSERT INTO cells SELECT * FROM {rows_of('ibib')} ON CONFLICT DO NOTHING RETURNING id"
        batch = sorted((row.id, row.hole, row.day, row.cell) for row in rows)
        return {number for (number,) in await self.change(sql, *columns_of(batch))}

    # board

    async def hole_intervals(self) -> dict[int, int]:
        sql = 'SELECT "interval", count(*) FROM holes GROUP BY "interval" ORDER BY "interval"'
        return dict(await self.read(sql))

    async def holes(self, interval: int) -> list[bytes]:
        rows = await self.read('SELECT hole FROM holes WHERE "interval" = $1 ORDER BY hole', interval)
        return [hole for (hole,) in rows]

    def add_holes(self, rows: Iterable[tuple[int, bytes]]) -> None:
        self.write_rows(f"INSERT INTO holes SELECT * FROM {rows_of('ib')} ON CONFLICT DO NOTHING", sorted(rows))

    def erase_holes(self, interval: int) -> None:
        self.write('DELETE FROM holes WHERE "interval" = $1', interval)

    async def sheet_lengths(self) -> dict[int, int]:
        # A sum of bigints would be numeric; lengths fit.
        sql = 'SELECT "interval", sum(length(entry))::bigint FROM sheets GROUP BY "interval"'
        return dict(await self.read(sql))

    async def sheets(self, intervals: Sequence[int]) -> dict[int, bytes]:
        if not intervals:
            return {}
        sql = 'SELECT "interval", entry FROM sheets WHERE "interval" = ANY($1::bigint[]) ORDER BY "interval", place'
        found: dict[int, list[bytes]] = {interval: [] for interval in intervals}
        for interval, entry in await self.read(sql, list(intervals)):
            found[interval].append(entry)
        return {interval: b"".join(entries) for interval, entries in found.items()}

    def append_sheet(self, interval: int, entries: Sequence[bytes]) -> None:
        sql = (
            'INSERT INTO sheets SELECT $1, COALESCE((SELECT max(place) + 1 FROM sheets WHERE "interval" = $1), 0) '
            "+ place - 1, entry FROM unnest($2::bytea[]) WITH ORDINALITY AS entries (entry, place)"
        )
        self.write(sql, interval, list(entries))

    def erase_sheets(self, since_interval: int) -> None:
        self.write('DELETE FROM sheets WHERE "interval" >= $1', since_interval)

    async def listed(self, kind: int, relay: int, period: int) -> set[bytes]:
        sql = "SELECT digest FROM listed WHERE kind = $1 AND relay = $2 AND period = $3"
        return {digest for (digest,) in await self.read(sql, kind, relay, period)}

    def add_listed(self, row: ListedRow) -> None:
        sql = "INSERT INTO listed VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        self.write(sql, row.kind, row.relay, row.period, row.digest, row.day)

    async def chains(self) -> bytes | None:
        rows = await self.read("SELECT body FROM board_state WHERE name = 'chains'")
        return bytes(rows[0][0]) if rows else None

    def put_chains(self, body: bytes) -> None:
        sql = "INSERT INTO board_state VALUES ('chains', $1) ON CONFLICT (name) DO UPDATE SET body = excluded.body"
        self.write(sql, body)

    async def seals(self) -> list[SealRow]:
        return [SealRow(*row) for row in await self.read('SELECT relay, "interval", body FROM seals ORDER BY relay')]

    def put_seal(self, row: SealRow) -> None:
        sql = (
            "INSERT INTO seals VALUES ($1, $2, $3) ON CONFLICT (relay) DO UPDATE SET "
            '"interval" = excluded."interval", body = excluded.body'
        )
        self.write(sql, row.relay, row.interval, row.body)

    async def pieces(self, relay: RelayId) -> list[PieceRow]:
        sql = "SELECT relay, entry, part, day, body FROM pieces WHERE relay = $1 ORDER BY entry, part"
        return [PieceRow(*row) for row in await self.read(sql, relay)]

    def add_piece(self, row: PieceRow) -> None:
        sql = "INSERT INTO pieces VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        self.write(sql, row.relay, row.entry, row.part, row.day, row.body)

    def erase_pieces(self, relay: RelayId, entry: bytes) -> None:
        self.write("DELETE FROM pieces WHERE relay = $1 AND entry = $2", relay, entry)

    async def descriptors(self) -> list[DescriptorRow]:
        rows = await self.read("SELECT relay, day, body FROM descriptors ORDER BY relay, day")
        return [DescriptorRow(*row) for row in rows]

    def put_descriptor(self, row: DescriptorRow, oldest: int) -> None:
        sql = "INSERT INTO descriptors VALUES ($1, $2, $3) ON CONFLICT (relay, day) DO UPDATE SET body = excluded.body"
        self.write(sql, row.relay, row.day, row.body)
        self.write("DELETE FROM descriptors WHERE relay = $1 AND day < $2", row.relay, oldest)

    def erase_descriptors(self, relay: RelayId, since_day: int) -> None:
        self.write("DELETE FROM descriptors WHERE relay = $1 AND day >= $2", relay, since_day)

    async def rosters(self) -> list[tuple[int, bytes]]:
        return [
            (version, body) for version, body in await self.read("SELECT version, body FROM rosters ORDER BY version")
        ]

    def add_roster(self, version: int, body: bytes) -> None:
        sql = "INSERT INTO rosters VALUES ($1, $2) ON CONFLICT (version) DO UPDATE SET body = excluded.body"
        self.write(sql, version, body)

    # links

    async def link(self, relay: RelayId, process: bytes) -> LinkRow | None:
        sql = "SELECT relay, boot, seq, seen, day FROM links WHERE relay = $1 AND boot = $2 FOR UPDATE"
        rows = await self.read(sql, relay, process)
        return LinkRow(*rows[0]) if rows else None

    def put_link(self, row: LinkRow) -> None:
        sql = (
            "INSERT INTO links VALUES ($1, $2, $3, $4, $5) ON CONFLICT (relay, boot) DO UPDATE SET "
            "seq = excluded.seq, seen = excluded.seen, day = excluded.day"
        )
        self.write(sql, row.relay, row.process, row.seq, row.seen, row.day)

    def thin_links(self, relay: RelayId, keep: int) -> None:
        sql = (
            "DELETE FROM links WHERE relay = $1 AND boot IN (SELECT boot FROM links WHERE relay = $1 "
            "ORDER BY day DESC, boot OFFSET $2 FOR UPDATE SKIP LOCKED)"
        )
        self.write(sql, relay, keep)
