"""A store opened to be looked at: nothing is made, migrated or written."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from relay.errors import FileProblem, StoreFailed
from relay.store.sqlite.read_only import open_read_only, read_only_connection
from relay.store.sqlite.store import SqliteStore


async def _made(path: Path) -> None:
    store = await SqliteStore.open(path)
    try:
        async with store.transaction() as tx:
            tx.set_state({"cut": 7})
    finally:
        await store.close()


def test_a_store_is_looked_at_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"

    async def look() -> None:
        await _made(path)
        before = path.read_bytes()
        async with open_read_only(path) as store:
            assert "packets" in await store.tables()
            assert await store.ranges("state", ["value"]) == (1, [(7, 7)])
            with pytest.raises(StoreFailed, match="readonly"):
                async with store.transaction() as tx:
                    tx.set_state({"cut": 8})
        assert path.read_bytes() == before

    asyncio.run(look())
    with read_only_connection(path) as connection:
        assert connection.execute("SELECT value FROM state").fetchall() == [(7,)]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM state")


def test_a_store_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"

    async def look() -> None:
        async with open_read_only(path):
            pass

    with pytest.raises(FileProblem, match="is not there; nothing was changed"):
        asyncio.run(look())
    with pytest.raises(FileProblem, match="is not there; nothing was changed"), read_only_connection(path):
        pass
    assert not path.exists()
