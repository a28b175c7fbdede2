"""The file of a relay's store: made whole or not at all, and never made anew where one was damaged."""

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from relay.errors import StoreFailed
from relay.operator.doctor import examine
from relay.store.sqlite.connection import SqliteConnection
from relay.store.sqlite.store import SqliteStore


def opened(path: Path) -> int:
    """Open and close it; the version of its schema."""

    async def step() -> int:
        connection = await SqliteConnection.open(path)
        [(version,)] = await connection.fetch("PRAGMA user_version")
        await connection.close()
        return int(version)

    return asyncio.run(step())


@pytest.mark.parametrize("kept", [0, 1, 99, 4096, 20_000])
def test_a_file_that_was_cut_short_is_told_and_not_made_anew(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "relay.db"
    opened(path)
    short = path.read_bytes()[:kept]
    path.write_bytes(short)
    with pytest.raises(StoreFailed, match="A damaged store"):
        opened(path)
    assert path.read_bytes() == short
    told = {finding.subject: finding.code for finding in examine(tmp_path, 0.0)}
    assert told["store"] == StoreFailed.exit_code
    assert path.read_bytes() == short


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match="A damaged store"):
        opened(path)
    assert path.read_bytes() == before


def test_a_first_start_that_was_interrupted_begins_again(tmp_path: Path) -> None:
    (tmp_path / "relay.db.new").write_bytes(b"half")
    (tmp_path / "relay.db.new-wal").write_bytes(b"half")
    assert opened(tmp_path / "relay.db") > 0
    assert [path.name for path in tmp_path.iterdir()] == ["relay.db"]
    assert opened(tmp_path / "relay.db") > 0


async def test_what_is_committed_is_synced_and_what_is_erased_is_overwritten(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "relay.db")
    asked = ("synchronous", "journal_mode", "secure_delete", "temp_store", "trusted_schema")
    found = {name: (await store._connection.fetch(f"PRAGMA {name}"))[0][0] for name in asked}
    await store.close()
    full, on, memory = 2, 1, 2
    assert found == {
        "synchronous": full,
        "journal_mode": "wal",
        "secure_delete": on,
        "temp_store": memory,
        "trusted_schema": 0,
    }


async def test_the_log_is_empty_after_a_checkpoint(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "relay.db")
    log = tmp_path / "relay.db-wal"
    try:
        async with store.transaction() as tx:
            tx.set_state({"cut": 1})
        assert log.stat().st_size > 0
        assert await store.checkpoint()
        assert log.stat().st_size == 0
    finally:
        await store.close()


async def test_a_checkpoint_does_not_wait_for_somebody_who_reads(tmp_path: Path) -> None:
    """`sosik-relay inspect` counts every table beside the running relay; exchanges would wait as well."""
    store = await SqliteStore.open(tmp_path / "relay.db")
    reader = sqlite3.connect(tmp_path / "relay.db", isolation_level=None)
    try:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM state").fetchall()
        async with store.transaction() as tx:
            tx.set_state({"cut": 1})
        began = time.monotonic()
        assert not await store.checkpoint()
        assert time.monotonic() - began < 2, "the usual patience of a connection is 5 s"
        reader.execute("COMMIT")
        assert await store.checkpoint()
        assert (tmp_path / "relay.db-wal").stat().st_size == 0
    finally:
        reader.close()
        await store.close()


def test_an_older_sqlite_is_told_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StoreFailed, match=r"nothing was changed; a relay needs 3\.35"):
        opened(tmp_path / "relay.db")
    assert list(tmp_path.iterdir()) == []
