"""`sosik-relay move`: all a relay holds goes from any store to any other one, or nothing counts."""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lab.processes.postgres import PASSWORD, PASSWORD_IN_URL, Cluster
from relay.cli import main
from relay.errors import FileProblem, StoreFailed
from relay.home.config import render_config
from relay.home.files import DirectoryClaim
from relay.operator.move import Sum, move, open_target
from relay.seams import system_entropy
from relay.store.address import parse_address
from relay.store.move_ends import BATCH_ROWS, End, Row, open_sqlite_end
from relay.store.open import check_marks
from relay.store.postgres.store import PostgresStore
from relay.store.records import CellRow
from relay.store.sqlite.store import SqliteStore
from tests.conftest import on_postgres

KEPT = Path(__file__).parents[2] / "contracts" / "kept" / "sqlite_0001.db"
MANY = 2 * BATCH_ROWS + 7


def call(*args: str | Path) -> Result:
    return CliRunner().invoke(main, ["move", *map(str, args)], catch_exceptions=False)


@pytest.fixture
async def directory(tmp_path: Path) -> Path:
    """A relay's directory whose store holds a row in every table, and many cells."""
    path = tmp_path / "relay"
    path.mkdir(mode=0o700)
    url = "https://relay.example.org/abcdefghijklmnopqrstuvwx"
    text = render_config(host="127.0.0.1", port=1, tls=True, path="/abcdefghijklmnopqrstuvwx", url=url)
    (path / "relay.toml").write_text(text, encoding="utf-8")
    (path / "relay.toml").chmod(0o600)
    shutil.copy(KEPT, path / "relay.db")
    store = await SqliteStore.open(path / "relay.db")
    async with store.transaction() as tx:
        await tx.claim_cells([CellRow(n, n.to_bytes(32, "big"), 20000, b"cell") for n in range(1, MANY)])
    await store.close()
    return path


def use_store(directory: Path, setting: str) -> None:
    text = (directory / "relay.toml").read_text("utf-8")
    (directory / "relay.toml").write_text(text.replace('url = "sqlite"', setting), encoding="utf-8")


def private(path: Path, text: str) -> Path:
    path.write_text(text + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


async def rows_of(end: End) -> dict[str, Sum]:
    found = {}
    for table, columns in (await end.tables()).items():
        found[table] = Sum()
        async for batch in end.rows(table, sorted(set(columns) - {"holder"})):
            found[table] = found[table].add([row for row in batch if row[0] != "moved"])
    return {table: total for table, total in found.items() if table != "meta"}


@on_postgres
def test_a_store_goes_to_postgres_and_back_to_sqlite_unchanged(
    directory: Path, tmp_path: Path, postgres: Cluster
) -> None:
    async def sums(path: Path) -> dict[str, Sum]:
        async with open_sqlite_end(path, new=False) as end:
            return await rows_of(end)

    before = asyncio.run(sums(directory / "relay.db"))
    assert all(total.rows for total in before.values())
    address = private(directory / "store.url", postgres.new_database())
    there = call(directory, address)
    assert there.exit_code == 0, there.output
    assert f"cells: {MANY} rows, the same in both stores" in there.output
    assert not any(word in there.output for word in (PASSWORD, PASSWORD_IN_URL))
    use_store(directory, 'file = "store.url"')
    back = call(directory, tmp_path / "back.db")
    assert back.exit_code == 0, back.output
    assert asyncio.run(sums(tmp_path / "back.db")) == before
    assert (tmp_path / "back.db").stat().st_mode & 0o777 == 0o600


def test_a_rehearsal_closes_nothing_and_its_target_is_refused(directory: Path, tmp_path: Path) -> None:
    result = call(directory, tmp_path / "new.db", "--rehearse")
    assert result.exit_code == 0, result.output
    assert marks(directory / "relay.db") == set()
    assert marks(tmp_path / "new.db") == {"incomplete"}
    assert call(directory, tmp_path / "again.db").exit_code == 0
    assert marks(directory / "relay.db") == {"moved"}
    assert marks(tmp_path / "again.db") == set()
    assert "was moved" in CliRunner().invoke(main, ["doctor", str(directory)]).output


def marks(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        query = "SELECT name FROM state WHERE name IN ('incomplete', 'moved')"
        return {name for (name,) in connection.execute(query)}
    finally:
        connection.close()


def test_a_relay_that_runs_is_not_moved(directory: Path, tmp_path: Path) -> None:
    claim = DirectoryClaim(directory)
    try:
        result = call(directory, tmp_path / "new.db")
    finally:
        claim.release()
    assert (result.exit_code, (tmp_path / "new.db").exists()) == (8, False)


def test_a_target_that_is_there_is_not_written(directory: Path, tmp_path: Path) -> None:
    there = private(tmp_path / "there.db", "something else")
    result = call(directory, there)
    assert (result.exit_code, there.read_text("utf-8")) == (4, "something else\n")
    assert marks(directory / "relay.db") == set()


@on_postgres
async def test_a_database_in_use_or_not_empty_is_not_a_target(directory: Path, postgres: Cluster) -> None:
    url = postgres.new_database()
    address = private(directory / "store.url", url)
    store = await PostgresStore.open(parse_address(url), system_entropy)
    async with store.transaction() as tx:
        tx.add_roster(1, b"roster")
    with pytest.raises(StoreFailed, match="runs on"):
        async with open_target(address, system_entropy):
            pass
    await store.close()
    async with open_sqlite_end(directory / "relay.db", new=False) as source, open_target(address, system_entropy) as to:
        with pytest.raises(StoreFailed, match="not empty"):
            await move(source, to, lambda rows: None, rehearse=False)


class Forgetful:
    """An end that drops a row, as a damaged disk might."""

    def __init__(self, end: End) -> None:
        self._end = end
        self.tables, self.count, self.rows = end.tables, end.count, end.rows
        self.mark, self.commit = end.mark, end.commit

    async def add(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        await self._end.add(table, columns, rows[1:] if table == "cells" else rows)


class Interrupted(Forgetful):
    """An end at which everything stops."""

    async def add(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        if table == "cells":
            raise KeyboardInterrupt
        await self._end.add(table, columns, rows)


@pytest.mark.parametrize(("double", "error"), [(Forgetful, StoreFailed), (Interrupted, KeyboardInterrupt)])
async def test_what_is_not_the_same_or_was_interrupted_stays_marked_and_is_refused(
    directory: Path, tmp_path: Path, double: type[Forgetful], error: type[BaseException]
) -> None:
    async def try_it() -> None:
        async with (
            open_sqlite_end(directory / "relay.db", new=False) as source,
            open_target(tmp_path / "new.db", system_entropy) as target,
        ):
            await move(source, double(target), lambda rows: None, rehearse=False)

    with pytest.raises(error):
        await try_it()
    assert marks(tmp_path / "new.db") == {"incomplete"}
    assert marks(directory / "relay.db") == set()
    with pytest.raises(FileProblem):
        async with open_target(tmp_path / "new.db", system_entropy):
            pass


@pytest.mark.parametrize(("mark", "words"), [("incomplete", "not finished"), ("moved", "was moved")])
def test_no_relay_starts_on_a_marked_store(mark: str, words: str) -> None:
    check_marks({"cut": 1})
    with pytest.raises(StoreFailed, match=words):
        check_marks({"cut": 1, mark: 1})
