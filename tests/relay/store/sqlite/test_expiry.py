"""Rows whose time is over on SQLite, more of them than one statement serves."""

from pathlib import Path

from relay.store.sqlite.store import SqliteStore
from tests.kits import many_rows


async def test_many_at_once_are_served_as_each_alone(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "relay.db")
    try:
        await many_rows.expiry(store)
    finally:
        await store.close()
