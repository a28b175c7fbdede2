"""A move: all that a relay holds, from one store to another one, counted and hashed on both sides before it counts.

Invariant: the source is read in one snapshot while no relay runs on it. Until every table of the target has been read
back and is the same, the target says of itself that it is incomplete; when it no longer does, the source says that it
was moved, and no relay runs on it again: two copies of one relay would answer twice and keep erased keys.
Spec: docs/operators.md, Moving.
Decision 75.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec

from protocol.seams import Entropy
from relay.errors import StoreFailed
from relay.home.config import Config
from relay.home.directory import DATABASE
from relay.home.files import read_private
from relay.operator.inventory import NOTES, POSTGRES_ONLY
from relay.store.address import find_address, is_address, parse_address
from relay.store.move_ends import INCOMPLETE, MOVED, End, Row, open_postgres_end, open_sqlite_end

_MODULUS: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Sum:
    """Rows of a table, and the sum of their hashes: the same for the same rows in any order."""

    rows: int = 0
    hashes: int = 0

    def add(self, batch: list[Row]) -> "Sum":
        """The sum with these rows as well."""
        hashes = (int.from_bytes(blake2b(msgspec.msgpack.encode(row), digest_size=32).digest(), "big") for row in batch)
        return Sum(self.rows + len(batch), (self.hashes + sum(hashes)) % _MODULUS)


def open_source(directory: Path, config: Config, entropy: Entropy) -> AbstractAsyncContextManager[End]:
    """The store of a relay that does not run."""
    address = find_address(config.store, directory)
    if address is None:
        return open_sqlite_end(directory / DATABASE, new=False)
    return open_postgres_end(address, entropy)


def open_target(target: Path, entropy: Entropy) -> AbstractAsyncContextManager[End]:
    """A store to be filled: a database file to be made, or a private file that holds the URL of an empty database."""
    if target.exists():
        text = read_private(target).decode("utf-8", errors="replace").strip()
        if is_address(text):
            return open_postgres_end(parse_address(text), entropy)
    return open_sqlite_end(target, new=True)


async def move(source: End, target: End, progress: Callable[[int], None], *, rehearse: bool) -> Mapping[str, int]:
    """Copy every table and compare; the number of rows of each. `progress` gets the rows done, first copied then read.

    `rehearse`: the target stays incomplete and the source as it was. StoreFailed: the target is not empty, or what
    was read back is not what was written; the source is as it was.
    """
    columns = await _columns(source, target)
    for table in columns:
        if await target.count(table):
            raise StoreFailed("The target is not empty; nothing was changed; name a new file or an empty database.")
    await target.mark(INCOMPLETE, True)
    await target.commit()
    sums = {}
    for table, names in columns.items():
        sums[table] = Sum()
        async for batch in _unmarked(source, table, names):
            await target.add(table, names, batch)
            sums[table] = sums[table].add(batch)
            progress(len(batch))
    await target.commit()
    for table, names in columns.items():
        found = Sum()
        async for batch in _unmarked(target, table, names):
            found = found.add(batch)
            progress(len(batch))
        if found != sums[table]:
            raise StoreFailed(f"The table {table} was not copied right; the target stays incomplete; try another one.")
    if not rehearse:
        await source.mark(MOVED, True)
        await source.commit()
        await target.mark(INCOMPLETE, False)
        await target.commit()
    return {table: found.rows for table, found in sums.items()}


async def rows_to_move(source: End) -> int:
    """Steps of the progress of a move: each row is written and read back."""
    return 2 * sum([await source.count(table) for table in await source.tables() if table in NOTES])


async def _columns(*ends: End) -> dict[str, list[str]]:
    """The columns to be copied of each table: those that both ends have. StoreFailed: something is unexplained."""
    known = {
        table: [name for name in note.columns if (table, name) not in POSTGRES_ONLY] for table, note in NOTES.items()
    }
    for end in ends:
        for table, columns in (await end.tables()).items():
            if table not in known or not set(known[table]) <= set(columns):
                raise StoreFailed(f"A store has something unexplained in {table}; nothing was changed.")
    return {table: columns for table, columns in known.items() if columns}


async def _unmarked(end: End, table: str, columns: list[str]) -> AsyncIterator[list[Row]]:
    """All rows but the marks of a move."""
    async for batch in end.rows(table, columns):
        kept = [row for row in batch if table != "state" or row[0] not in (INCOMPLETE, MOVED)]
        if kept:
            yield kept
