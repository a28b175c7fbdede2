"""A relay's SQLite store without a thread of its own: in a simulation nothing else waits while a step runs.

Invariant: same statements, same order, same file; only who runs them differs. It halves what a simulated day costs.
"""

import sqlite3
from pathlib import Path
from typing import TypeVar

from relay.errors import StoreFailed
from relay.store.sqlite.store import SqliteStore
from relay.store.sqlite.writer import SqliteWriter, Step

_Result = TypeVar("_Result")


class InlineWriter(SqliteWriter):
    """Runs each step where it is asked for."""

    async def run(self, step: Step[_Result]) -> _Result:
        """Run one step now. StoreFailed: as everywhere."""
        try:
            return step(self._connection)
        except sqlite3.Error as error:
            raise StoreFailed(f"the relay's database failed ({error}); what was acknowledged is kept") from error


async def open_inline(path: Path | None) -> SqliteStore:
    """Open or create the database of a simulated relay."""
    return SqliteStore(await InlineWriter.open(path))
