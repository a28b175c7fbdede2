"""A store in one SQLite file: its catalogue, and that whoever waits gets a turn after whatever happened before."""

import asyncio
import sqlite3
from pathlib import Path

from relay.store.sqlite.store import SqliteStore


def test_tables_and_columns_are_those_of_the_file_in_its_order(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"

    async def look() -> tuple[dict[str, list[str]], tuple[int, list[tuple[int, int] | None]]]:
        store = await SqliteStore.open(path)
        try:
            async with store.transaction() as tx:
                tx.set_state({"a": 5, "b": -2})
            return await store.tables(), await store.ranges("state", ["value"])
        finally:
            await store.close()

    tables, ranges = asyncio.run(look())
    assert ranges == (2, [(-2, 5)])
    with sqlite3.connect(path) as other:
        names = [name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        assert list(tables) == names
        assert tables == {name: [row[1] for row in other.execute(f"PRAGMA table_info({name})")] for name in names}
    other.close()


async def test_an_empty_table_has_no_range() -> None:
    store = await SqliteStore.open(None)
    try:
        assert await store.ranges("packets", ["due", "next"]) == (0, [None, None])
    finally:
        await store.close()


async def test_a_transaction_that_fails_gives_its_turn_to_the_next() -> None:
    store = await SqliteStore.open(None)

    async def failing() -> None:
        async with store.transaction() as tx:
            tx.set_state({"cut": 1})
            await tx.state()
            raise ZeroDivisionError

    async def reading() -> dict[str, int]:
        async with store.transaction() as tx:
            return await tx.state()

    try:
        failed, found = await asyncio.gather(failing(), reading(), return_exceptions=True)
        assert isinstance(failed, ZeroDivisionError)
        assert found == {}
        # One that asks for nothing costs nothing, and leaves nothing open.
        async with store.transaction():
            pass
        assert await reading() == {}
    finally:
        await store.close()
