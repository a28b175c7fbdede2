"""Row 3: rows committed in groups by the relay's writer thread against the same groups through aiosqlite.

Both sides: one file, WAL, synchronous FULL, secure_delete; one transaction a group of eight requests, each of which
reads two rows and writes three, as an exchange does. It is the evidence for how the relay's store talks to SQLite.
"""

import sqlite3
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import aiosqlite

from lab.bench.row import Row
from relay.store.sqlite.writer import SqliteWriter

GROUPS = 150
REQUESTS = 8
BODY = bytes(4200)
TABLE = "CREATE TABLE IF NOT EXISTS bench (id INTEGER PRIMARY KEY, body BLOB)"
READ = "SELECT body FROM bench WHERE id = ?"
WRITE = "INSERT OR REPLACE INTO bench VALUES (?, ?)"
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY")


def keys_of(group: int, request: int) -> list[int]:
    """Return three scattered row numbers."""
    return [((group * REQUESTS + request) * 3 + i) * 0x9E3779B97F4A7C15 % 2**62 for i in range(3)]


def run_group(group: int, connection: sqlite3.Connection) -> None:
    """Do one group's work in the calling thread."""
    connection.execute("BEGIN IMMEDIATE")
    for request in range(REQUESTS):
        keys = keys_of(group, request)
        for key in keys[:2]:
            connection.execute(READ, (key,)).fetchone()
        connection.executemany(WRITE, [(key, BODY) for key in keys])
    connection.execute("COMMIT")


async def through_writer(path: Path) -> float:
    """Return groups a second of the relay's writer."""
    writer = await SqliteWriter.open(path)
    await writer.run(lambda connection: connection.execute(TABLE))
    began = time.perf_counter()
    for group in range(GROUPS):
        await writer.run(partial(run_group, group))
    spent = time.perf_counter() - began
    await writer.close()
    return GROUPS / spent


async def through_aiosqlite(path: Path) -> float:
    """Return groups a second of aiosqlite, statement by statement as its interface has it."""
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        for pragma in PRAGMAS:
            await connection.execute(f"PRAGMA {pragma}")
        await connection.execute(TABLE)
        began = time.perf_counter()
        for group in range(GROUPS):
            await connection.execute("BEGIN IMMEDIATE")
            for request in range(REQUESTS):
                keys = keys_of(group, request)
                for key in keys[:2]:
                    await connection.execute_fetchall(READ, (key,))
                await connection.executemany(WRITE, [(key, BODY) for key in keys])
            await connection.execute("COMMIT")
        return GROUPS / (time.perf_counter() - began)


async def measure_rows(rounds: int) -> Row:
    """Measure both sides `rounds` times in turn."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="sosik-bench-") as name:
            ours.append(await through_writer(Path(name) / "ours.db"))
            theirs.append(await through_aiosqlite(Path(name) / "theirs.db"))
    return Row(
        "grouped rows",
        statistics.median(ours) * REQUESTS * 3,
        "rows/s",
        statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "the same groups through aiosqlite",
        1.0,
    )
