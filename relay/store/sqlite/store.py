"""The relay's store in one SQLite file (or in memory).

Invariant: as `relay.store.interface` says. Tables keep no insertion order: every key is random, a hash, or a
public number.
Specification: docs/protocol.md, Relay; schema in relay/migrations/.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId
from relay.store.interface import PoolEntry
from relay.store.records import (
    CellRow,
    DescriptorRow,
    KeyKind,
    KeyRow,
    LinkRow,
    ListedRow,
    PacketRow,
    PieceRow,
    ReplyRow,
    ReturnRow,
    SealRow,
    ShelfRow,
    TagRow,
    TicketRow,
    cell_id,
)
from relay.store.sqlite.writer import Parameters, SqliteWriter

_SHELF = "SELECT id, name, former, next_number, day FROM shelves"


class SqliteTransaction:
    """One transaction; use it through `SqliteStore.transaction`."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer
        self._begun = False
        self._queue: list[tuple[str, list[Parameters]]] = []

    def _write(self, sql: str, rows: Iterable[Parameters]) -> None:
        if batch := list(rows):
            self._queue.append((sql, batch))

    def _flush(self, connection: sqlite3.Connection) -> None:
        if not self._begun:
            connection.execute("BEGIN IMMEDIATE")
            self._begun = True
        queue, self._queue = self._queue, []
        for sql, batch in queue:
            connection.executemany(sql, batch)

    async def _read(self, sql: str, batches: Sequence[Parameters] = ((),)) -> list[list[tuple[Any, ...]]]:
        """Write what is queued, then run one query for every set of parameters; the rows of each."""

        def step(connection: sqlite3.Connection) -> list[list[tuple[Any, ...]]]:
            self._flush(connection)
            return [connection.execute(sql, parameters).fetchall() for parameters in batches]

        return await self._writer.run(step) if batches else []

    async def _rows(self, sql: str, *parameters: int | bytes | str) -> list[tuple[Any, ...]]:
        return (await self._read(sql, [parameters]))[0]

    async def _erase(self, sql: str, *parameters: int) -> int:
        def step(connection: sqlite3.Connection) -> int:
            self._flush(connection)
            return connection.execute(sql, parameters).rowcount

        return await self._writer.run(step)

    async def _insert(self, sql: str, rows: Sequence[Parameters]) -> list[bool]:
        """Run one INSERT OR IGNORE for every row; which of them were added."""

        def step(connection: sqlite3.Connection) -> list[bool]:
            self._flush(connection)
            return [connection.execute(sql, row).rowcount == 1 for row in rows]

        return await self._writer.run(step) if rows else []

    @property
    def claims(self) -> None:
        """None: the file is one process's."""

    async def changes(self) -> int:
        return 0  # nobody else can have changed anything

    async def add_change(self) -> int:
        return 0

    async def commit(self) -> None:
        """Write what is queued and make it durable; nothing at all if nothing was asked for."""

        def step(connection: sqlite3.Connection) -> None:
            self._flush(connection)
            connection.execute("COMMIT")
            self._begun = False

        if self._begun or self._queue:
            await self._writer.run(step)

    async def roll_back(self) -> None:
        """Undo everything."""

        def step(connection: sqlite3.Connection) -> None:
            self._queue.clear()
            if connection.in_transaction:
                connection.execute("ROLLBACK")

        await self._writer.run(step)

    # state and keys

    async def state(self) -> dict[str, int]:
        return dict(await self._rows("SELECT name, value FROM state ORDER BY name"))

    def set_state(self, values: Mapping[str, int]) -> None:
        self._write("INSERT OR REPLACE INTO state VALUES (?, ?)", list(values.items()))

    async def keys(self) -> list[KeyRow]:
        rows = await self._rows("SELECT kind, period, secret FROM keys ORDER BY kind, period")
        return [KeyRow(KeyKind(kind), period, secret) for kind, period, secret in rows]

    def add_keys(self, rows: Iterable[KeyRow]) -> None:
        self._write("INSERT INTO keys VALUES (?, ?, ?)", [(row.kind, row.period, row.secret) for row in rows])

    def erase_keys(self, keys: Iterable[tuple[KeyKind, int]]) -> None:
        gone = list(keys)
        self._write("DELETE FROM keys WHERE kind = ? AND period = ?", gone)
        self._write("DELETE FROM tags WHERE kind = ? AND period = ?", gone)

    async def seen_tags(self, tags: Sequence[TagRow]) -> set[TagRow]:
        sql = "SELECT 1 FROM tags WHERE kind = ? AND period = ? AND tag = ?"
        found = await self._read(sql, [(row.kind, row.period, row.tag) for row in tags])
        return {tag for tag, rows in zip(tags, found, strict=True) if rows}

    async def claim_tags(self, tags: Sequence[TagRow]) -> set[TagRow]:
        new = await self._insert(
            "INSERT OR IGNORE INTO tags VALUES (?, ?, ?)", [(row.kind, row.period, row.tag) for row in tags]
        )
        return {tag for tag, added in zip(tags, new, strict=True) if added}

    async def access(self) -> dict[int, bytes]:
        return dict(await self._rows("SELECT epoch, secret FROM access ORDER BY epoch"))

    def add_access(self, epoch: int, secret: bytes, oldest: int) -> None:
        self._write("INSERT OR IGNORE INTO access VALUES (?, ?)", [(epoch, secret)])
        self._write("DELETE FROM access WHERE epoch < ?", [(oldest,)])

    # pool

    async def pool(self) -> list[PoolEntry]:
        return list(await self._rows("SELECT due, id, next, kind FROM packets ORDER BY due, id"))

    async def packets(self, ids: Sequence[int]) -> list[PacketRow]:
        found = await self._read(
            "SELECT id, due, next, kind, ref, body FROM packets WHERE id = ?", [(number,) for number in ids]
        )
        return [
            PacketRow(number, due, RelayId(peer), FrameKind(kind), ref, body)
            for rows in found
            for number, due, peer, kind, ref, body in rows
        ]

    def add_packets(self, rows: Iterable[PacketRow]) -> None:
        self._write(
            "INSERT INTO packets VALUES (?, ?, ?, ?, ?, ?)",
            [(row.id, row.due_ms, row.next, row.kind, row.ref, row.body) for row in rows],
        )

    def clamp_packets(self, latest_ms: int) -> None:
        self._write("UPDATE packets SET due = ?1 WHERE due > ?1", [(latest_ms,)])

    def erase_packets(self, ids: Iterable[int]) -> None:
        self._write("DELETE FROM packets WHERE id = ?", [(number,) for number in ids])

    async def returns(self, refs: Sequence[bytes]) -> dict[bytes, ReturnRow]:
        sql = "SELECT sent_to, came_from, their_ref, shelf, back_ms, reply_key, quarter FROM returns WHERE ref = ?"
        found = await self._read(sql, [(ref,) for ref in refs])
        return {ref: ReturnRow(ref, *rows[0]) for ref, rows in zip(refs, found, strict=True) if rows}

    def add_returns(self, rows: Iterable[ReturnRow]) -> None:
        self._write(
            "INSERT INTO returns VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (r.ref, r.sent_to, r.came_from, r.their_ref, r.shelf, r.back_ms, r.reply_key, r.quarter)
                for r in rows
            ],
        )  # fmt: skip

    def erase_returns(self, refs: Iterable[bytes]) -> None:
        self._write("DELETE FROM returns WHERE ref = ?", [(ref,) for ref in refs])

    # shelves

    async def shelves_named(self, names: Sequence[bytes]) -> list[ShelfRow]:
        found = await self._read(f"{_SHELF} WHERE name = ?1 OR former = ?1", [(name,) for name in names])
        return list({row[0]: ShelfRow(*row) for rows in found for row in rows}.values())

    async def shelves(self, ids: Sequence[int]) -> list[ShelfRow]:
        found = await self._read(f"{_SHELF} WHERE id = ?", [(number,) for number in ids])
        return [ShelfRow(*row) for rows in found for row in rows]

    async def shelf_count(self) -> int:
        return int((await self._rows("SELECT COUNT(*) FROM shelves"))[0][0])

    async def shelves_used_since(self, day: int) -> int:
        return int((await self._rows("SELECT COUNT(*) FROM shelves WHERE day >= ?", day))[0][0])

    def put_shelves(self, rows: Iterable[ShelfRow]) -> None:
        self._write(
            "INSERT INTO shelves VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
            "former = excluded.former, next_number = excluded.next_number, day = excluded.day",
            [(row.id, row.name, row.former, row.next_number, row.day) for row in rows],
        )

    async def replies(self, wanted: Sequence[tuple[int, int]]) -> list[tuple[int, bytes] | None]:
        sql = "SELECT number, body FROM replies WHERE shelf = ? AND number >= ? ORDER BY number LIMIT 1"
        return [rows[0] if rows else None for rows in await self._read(sql, wanted)]

    async def reply_counts(self, shelves: Sequence[int]) -> dict[int, int]:
        found = await self._read("SELECT COUNT(*) FROM replies WHERE shelf = ?", [(number,) for number in shelves])
        return {number: rows[0][0] for number, rows in zip(shelves, found, strict=True)}

    def add_replies(self, rows: Iterable[ReplyRow]) -> None:
        self._write(
            "INSERT INTO replies VALUES (?, ?, ?, ?, ?)",
            [(row.id, row.shelf, row.number, row.day, row.body) for row in rows],
        )

    def erase_replies_below(self, floors: Iterable[tuple[int, int]]) -> None:
        self._write("DELETE FROM replies WHERE shelf = ? AND number < ?", floors)

    async def tickets(self, hashes: Sequence[bytes]) -> list[TicketRow]:
        sql = "SELECT ticket, shelf, day, expires FROM tickets WHERE ticket = ?"
        found = await self._read(sql, [(ticket,) for ticket in hashes])
        return [TicketRow(*row) for rows in found for row in rows]

    def put_tickets(self, rows: Iterable[TicketRow]) -> None:
        self._write(
            "INSERT OR REPLACE INTO tickets VALUES (?, ?, ?, ?)",
            [(row.ticket, row.shelf, row.day, row.expires) for row in rows],
        )

    # cells and board

    async def cells(self, holes: Sequence[bytes]) -> dict[bytes, bytes]:
        found = await self._read("SELECT cell FROM cells WHERE id = ? AND hole = ?", [(cell_id(h), h) for h in holes])
        return {hole: rows[0][0] for hole, rows in zip(holes, found, strict=True) if rows}

    async def claim_cells(self, rows: Sequence[CellRow]) -> set[int]:
        new = await self._insert(
            "INSERT OR IGNORE INTO cells VALUES (?, ?, ?, ?)", [(row.id, row.hole, row.day, row.cell) for row in rows]
        )
        return {row.id for row, added in zip(rows, new, strict=True) if added}

    async def hole_intervals(self) -> dict[int, int]:
        return dict(await self._rows("SELECT interval, COUNT(*) FROM holes GROUP BY interval ORDER BY interval"))

    async def holes(self, interval: int) -> list[bytes]:
        rows = await self._rows("SELECT hole FROM holes WHERE interval = ? ORDER BY hole", interval)
        return [hole for (hole,) in rows]

    def add_holes(self, rows: Iterable[tuple[int, bytes]]) -> None:
        self._write("INSERT OR IGNORE INTO holes VALUES (?, ?)", rows)

    def erase_holes(self, interval: int) -> None:
        self._write("DELETE FROM holes WHERE interval = ?", [(interval,)])

    async def sheet_lengths(self) -> dict[int, int]:
        return dict(await self._rows("SELECT interval, SUM(LENGTH(entry)) FROM sheets GROUP BY interval"))

    async def sheets(self, intervals: Sequence[int]) -> dict[int, bytes]:
        sql = "SELECT entry FROM sheets WHERE interval = ? ORDER BY place"
        found = await self._read(sql, [(interval,) for interval in intervals])
        return {interval: b"".join(entry for (entry,) in rows) for interval, rows in zip(intervals, found, strict=True)}

    def append_sheet(self, interval: int, entries: Sequence[bytes]) -> None:
        self._write(
            "INSERT INTO sheets SELECT ?1, COALESCE(MAX(place) + 1, 0), ?2 FROM sheets WHERE interval = ?1",
            [(interval, entry) for entry in entries],
        )

    async def listed(self, kind: int, relay: int, period: int) -> set[bytes]:
        sql = "SELECT digest FROM listed WHERE kind = ? AND relay = ? AND period = ?"
        return {digest for (digest,) in await self._rows(sql, kind, relay, period)}

    def add_listed(self, row: ListedRow) -> None:
        self._write(
            "INSERT OR IGNORE INTO listed VALUES (?, ?, ?, ?, ?)",
            [(row.kind, row.relay, row.period, row.digest, row.day)],
        )

    async def chains(self) -> bytes | None:
        rows = await self._rows("SELECT body FROM board_state WHERE name = 'chains'")
        return rows[0][0] if rows else None

    def put_chains(self, body: bytes) -> None:
        self._write("INSERT OR REPLACE INTO board_state VALUES ('chains', ?)", [(body,)])

    async def seals(self) -> list[SealRow]:
        return [SealRow(*row) for row in await self._rows("SELECT relay, interval, body FROM seals ORDER BY relay")]

    def put_seal(self, row: SealRow) -> None:
        self._write("INSERT OR REPLACE INTO seals VALUES (?, ?, ?)", [(row.relay, row.interval, row.body)])

    async def pieces(self, relay: RelayId) -> list[PieceRow]:
        sql = "SELECT relay, entry, part, day, body FROM pieces WHERE relay = ? ORDER BY entry, part"
        return [PieceRow(*row) for row in await self._rows(sql, relay)]

    def add_piece(self, row: PieceRow) -> None:
        self._write(
            "INSERT OR IGNORE INTO pieces VALUES (?, ?, ?, ?, ?)", [(row.relay, row.entry, row.part, row.day, row.body)]
        )

    def erase_pieces(self, relay: RelayId, entry: bytes) -> None:
        self._write("DELETE FROM pieces WHERE relay = ? AND entry = ?", [(relay, entry)])

    async def descriptors(self) -> list[DescriptorRow]:
        rows = await self._rows("SELECT relay, day, body FROM descriptors ORDER BY relay, day")
        return [DescriptorRow(*row) for row in rows]

    def put_descriptor(self, row: DescriptorRow, oldest: int) -> None:
        self._write("INSERT OR REPLACE INTO descriptors VALUES (?, ?, ?)", [(row.relay, row.day, row.body)])
        self._write("DELETE FROM descriptors WHERE relay = ? AND day < ?", [(row.relay, oldest)])

    async def rosters(self) -> list[tuple[int, bytes]]:
        return list(await self._rows("SELECT version, body FROM rosters ORDER BY version"))

    def add_roster(self, version: int, body: bytes) -> None:
        self._write("INSERT OR REPLACE INTO rosters VALUES (?, ?)", [(version, body)])

    async def link(self, relay: RelayId, process: bytes) -> LinkRow | None:
        rows = await self._rows("SELECT seq, seen, day FROM links WHERE relay = ? AND boot = ?", relay, process)
        return LinkRow(relay, process, *rows[0]) if rows else None

    def put_link(self, row: LinkRow) -> None:
        values = (row.relay, row.process, row.seq, row.seen, row.day)
        self._write("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?, ?)", [values])

    def thin_links(self, relay: RelayId, keep: int) -> None:
        latest = "SELECT boot FROM links WHERE relay = ?1 ORDER BY day DESC, boot LIMIT -1 OFFSET ?2"
        self._write(f"DELETE FROM links WHERE relay = ?1 AND boot IN ({latest})", [(relay, keep)])

    # expiry

    async def expire_cells(self, before_day: int, limit: int) -> int:
        sql = "DELETE FROM cells WHERE id IN (SELECT id FROM cells WHERE day < ? LIMIT ?)"
        return await self._erase(sql, before_day, limit)

    async def expire_replies(self, before_day: int, limit: int) -> int:
        sql = "DELETE FROM replies WHERE id IN (SELECT id FROM replies WHERE day < ? LIMIT ?)"
        return await self._erase(sql, before_day, limit)

    async def expire_returns(self, before_quarter: int, limit: int) -> int:
        sql = "DELETE FROM returns WHERE ref IN (SELECT ref FROM returns WHERE quarter < ? LIMIT ?)"
        return await self._erase(sql, before_quarter, limit)

    async def expire_shelves(self, before_day: int, limit: int) -> int:
        replies = "DELETE FROM replies WHERE shelf IN (SELECT id FROM shelves WHERE day < ? ORDER BY id LIMIT ?)"
        shelves = "DELETE FROM shelves WHERE id IN (SELECT id FROM shelves WHERE day < ? ORDER BY id LIMIT ?)"
        await self._erase(replies, before_day, limit)
        return await self._erase(shelves, before_day, limit)

    async def expire_tickets(self, today: int, unbind_before_day: int) -> int:
        await self._erase("UPDATE tickets SET shelf = NULL WHERE shelf IS NOT NULL AND day < ?", unbind_before_day)
        return await self._erase("DELETE FROM tickets WHERE expires < ?", today)

    async def expire_board(self, before_interval: int, before_day: int) -> int:
        rows = await self._erase("DELETE FROM sheets WHERE interval < ?", before_interval)
        rows += await self._erase("DELETE FROM listed WHERE day < ?", before_day)
        return rows + await self._erase("DELETE FROM pieces WHERE day < ?", before_day)

    async def expire_links(self, before_day: int) -> int:
        return await self._erase("DELETE FROM links WHERE day < ?", before_day)


class SqliteStore:
    """A store in one SQLite database."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer
        self._turn = asyncio.Lock()

    @classmethod
    async def open(cls, path: Path | None) -> "SqliteStore":
        """Open or create the database file, or one in memory; StoreFailed if it is not usable."""
        return cls(await SqliteWriter.open(path))

    @asynccontextmanager
    async def transaction(self, *, alone: bool = False) -> AsyncIterator[SqliteTransaction]:
        """Begin a transaction when it is this caller's turn; durable at the end of the block, or undone.

        Every one runs alone here.
        """
        async with self._turn:
            transaction = SqliteTransaction(self._writer)
            try:
                yield transaction
                await transaction.commit()
            except BaseException:
                # Shielded: a cancelled caller must not leave a transaction open for the next one.
                await asyncio.shield(transaction.roll_back())
                raise

    async def checkpoint(self) -> None:
        """Empty the write-ahead log, which may still hold what was erased."""
        async with self._turn:
            await self._writer.run(lambda connection: connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    async def tables(self) -> dict[str, list[str]]:
        """Every table and its columns, from SQLite's own catalogue."""

        def step(connection: sqlite3.Connection) -> dict[str, list[str]]:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            return {
                name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})").fetchall()]
                for (name,) in names
            }

        async with self._turn:
            return await self._writer.run(step)

    async def ranges(self, table: str, columns: Sequence[str]) -> tuple[int, list[tuple[int, int] | None]]:
        """Count rows and find the least and greatest value of integer columns; names come from `tables`."""
        extremes = ", ".join(["COUNT(*)", *(f"MIN({name}), MAX({name})" for name in columns)])

        def step(connection: sqlite3.Connection) -> tuple[Any, ...]:
            row: tuple[Any, ...] = connection.execute(f"SELECT {extremes} FROM {table}").fetchone()
            return row

        async with self._turn:
            count, *values = await self._writer.run(step)
        pairs = zip(values[::2], values[1::2], strict=True)
        return count, [None if low is None else (low, high) for low, high in pairs]

    async def close(self) -> None:
        """Empty the log and close the file."""
        async with self._turn:
            await self._writer.close()
