"""The relay's one connection to its database file, through aiosqlite: opened once, brought up to date, its errors told.

Invariant: there is one connection, so there is one writer, and its statements run in the order in which they were asked
for, whoever was cancelled meanwhile. Each of them costs a change of threads: what belongs together is asked for in one.
Spec: docs/protocol.md, Relay.
Decision 24.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import aiosqlite

from relay.errors import StoreFailed
from relay.home.files import sync_directory
from relay.store.migrations import migrations, scripts_of

MIGRATIONS = migrations("sqlite")
MEMORY = ":memory:"

Value = int | bytes | str | None
Parameters = Sequence[Value]
Row = tuple[Any, ...]

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # acknowledged means durable
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)
# The first that knows RETURNING.
_OLDEST_SQLITE = (3, 35, 0)


class SqliteConnection:
    """Runs statements on the one connection."""

    connect = staticmethod(aiosqlite.connect)

    def __init__(self, database: aiosqlite.Connection) -> None:
        self._database = database

    @classmethod
    async def open(cls, path: Path | None) -> Self:
        """Open or create the database (None: in memory, for simulations) and bring its schema up to date.

        A new file is readable by its owner alone, and so are the journals that SQLite puts beside it. StoreFailed: no
        database of this program (emptied, cut short, damaged), or made by a later version; it is left as it is.
        """
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            raise StoreFailed(
                f"this Python has SQLite {sqlite3.sqlite_version}; nothing was changed; a relay needs 3.35 or later."
            )
        if path is None:
            return await cls._opened(MEMORY, new=True)
        if not _exists(path):
            # Finished under another name: a file that has the name is whole, and an empty one is damaged.
            fresh = _fresh(path)
            await (await cls._opened(str(fresh), new=True)).close()
            fresh.rename(path)
            sync_directory(path.parent)
        return await cls._opened(str(path), new=False)

    @classmethod
    async def _opened(cls, target: str, *, new: bool) -> Self:
        database = await cls.connect(target, isolation_level=None, cached_statements=256)
        try:
            await _prepare(database, new=new)
        except sqlite3.DatabaseError as error:
            await database.close()
            raise StoreFailed(
                f"the relay's database cannot be opened ({error}); it was not touched;"
                " docs/operators.md, A damaged store."
            ) from error
        except BaseException:
            await database.close()
            raise
        return cls(database)

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """Run one statement; its rows. StoreFailed, here and below: the disk is full, or the file damaged."""
        with _telling():
            return [*map(tuple, await self._database.execute_fetchall(sql, parameters))]

    async def change(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement; how many rows it changed."""
        with _telling():
            return (await self._database.execute(sql, parameters)).rowcount

    async def change_each(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Run one statement for each set of parameters."""
        with _telling():
            await self._database.executemany(sql, rows)

    async def roll_back(self) -> None:
        """Undo the transaction if one is open when its turn has come."""
        with _telling():
            await self._database.rollback()

    async def checkpoint(self) -> bool:
        """Empty the write-ahead log, which may still hold what was erased; False: somebody reads it, now."""
        [(patience_ms,)] = await self.fetch("PRAGMA busy_timeout")
        await self.fetch("PRAGMA busy_timeout = 0")  # whatever is to be written would wait as well
        try:
            [(busy, _, _)] = await self.fetch("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            await self.fetch(f"PRAGMA busy_timeout = {patience_ms}")
        return not busy

    async def close(self) -> None:
        """Checkpoint and close."""
        with _telling():
            try:
                await self.checkpoint()
            finally:
                await self._database.close()


def _exists(path: Path) -> bool:
    """Whether there is a database; its owner's alone from now on. StoreFailed: it is empty."""
    if not path.exists():
        return False
    if path.stat().st_size == 0:  # SQLite would begin a new database in it
        raise StoreFailed("the relay's database is empty; it was not touched; docs/operators.md, A damaged store.")
    path.chmod(0o600)
    return True


def _fresh(path: Path) -> Path:
    """An empty file for a new database; what an interrupted start left is gone."""
    for leftover in path.parent.glob(f"{path.name}.new*"):
        leftover.unlink()
    fresh = path.with_name(f"{path.name}.new")
    fresh.touch(mode=0o600)
    return fresh


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError) as error:
        raise ValueError(f"a row that the store does not take ({type(error).__name__})") from None
    except sqlite3.Error as error:
        raise StoreFailed(
            f"the relay's database failed ({error}); nothing new was accepted; is the disk full? If not:"
            " docs/operators.md, A damaged store."
        ) from error


async def _prepare(database: aiosqlite.Connection, *, new: bool) -> None:
    version = await _version(database)
    if version == 0 and not new:
        raise StoreFailed(
            "the relay's database is not this program's; it was not touched; docs/operators.md, A damaged store."
        )
    for pragma in _PRAGMAS:
        await database.execute_fetchall(pragma)
    scripts = scripts_of(MIGRATIONS)
    if version > len(scripts):
        raise StoreFailed("the relay's database was made by a later version of this program")
    for number, script in enumerate(scripts[version:], start=version + 1):
        text = script.read_text(encoding="utf-8")
        await database.executescript(f"BEGIN IMMEDIATE;\n{text}\nPRAGMA user_version = {number};\nCOMMIT;")


async def _version(database: aiosqlite.Connection) -> int:
    [(version,)] = await database.execute_fetchall("PRAGMA user_version")
    return int(version)
