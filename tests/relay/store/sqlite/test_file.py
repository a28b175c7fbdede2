"""The file of a relay's store: made whole or not at all, and never made anew where one was damaged."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from relay.errors import StoreFailed
from relay.operator.doctor import examine
from relay.store.sqlite.writer import SqliteWriter


def opened(path: Path) -> int:
    """Open and close it; the version of its schema."""

    async def step() -> int:
        writer = await SqliteWriter.open(path)
        version = await writer.run(lambda connection: connection.execute("PRAGMA user_version").fetchone())
        await writer.close()
        return int(version[0])

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
