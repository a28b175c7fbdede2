"""`inspect` says all there is, and no more."""

from pathlib import Path

import asyncpg
import pytest

from lab.processes.postgres import Cluster
from protocol.streams.pigeonhole import Take, hole_of
from relay.errors import StoreFailed
from relay.operator.inventory import NOTES, POSTGRES_ONLY, inspect
from relay.store.address import parse_address
from relay.store.sqlite.store import SqliteStore
from tests.conftest import on_postgres
from tests.kits.sharers import SharedWorld
from tests.kits.world import World, cell

TAKE = b"take of the inspected cell......"


def raw_bytes(directory: Path, number: int) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.glob(f"relay{number}.db*")))


def file_modes(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}


async def test_invariant_4_every_table_and_column_is_explained() -> None:
    store = await SqliteStore.open(None)
    tables = await store.tables()
    held = {(table, column) for table, columns in tables.items() for column in columns}
    explained = {(table, column) for table, note in NOTES.items() for column in note.columns}
    assert held == explained - POSTGRES_ONLY
    report = await inspect(store)
    await store.close()
    text = "\n".join(report.lines())
    assert all(f"{table}:" in text for table in tables)
    assert all(f"    {column}:" in text for columns in tables.values() for column in columns)
    assert set(report.to_json()) == set(tables)


async def test_unexplained_table_is_an_error() -> None:
    store = await SqliteStore.open(None)
    await store._connection.change("CREATE TABLE visitors (address TEXT)")
    with pytest.raises(StoreFailed):
        await inspect(store)
    await store.close()


async def test_invariant_4_numbers_of_inspect_are_those_of_the_disk_and_values_are_not_printed(tmp_path: Path) -> None:
    async with World(tmp_path) as world:
        client = world.client("client")
        await client.exchange(client.deposit(TAKE, cell(7)))
        await world.run(15)
        fetch, _ = client.fetch(TAKE)
        await client.exchange(fetch=fetch)
        await world.run(12)
        reports = [await inspect(store) for store in world.stores]
        rows = [{table.name: table.rows for table in report.tables} for report in reports]
        assert [row["cells"] for row in rows] == [0, 0, 1]
        assert [row["shelves"] for row in rows] == [1, 0, 0]
        assert [row["replies"] for row in rows] == [1, 0, 0]
        assert [row["returns"] for row in rows] == [0, 0, 0]
        shelf = client.shelf
    texts = ["\n".join(report.lines()) + str(report.to_json()) for report in reports]
    hole = bytes(hole_of(Take(TAKE)))
    assert all(hole.hex() not in text for text in texts)
    disks = [raw_bytes(tmp_path, n) for n in range(3)]
    assert [hole in disk for disk in disks] == [False, False, True]
    # The secrets that would link things are on no disk: the take, and the name of the shelf.
    assert all(TAKE not in disk and shelf not in disk for disk in disks)


@on_postgres
async def test_invariant_4_numbers_of_inspect_are_those_of_postgres_and_its_files_hold_no_more(
    postgres: Cluster,
) -> None:
    url = postgres.new_database()
    async with SharedWorld(parse_address(url)) as world:
        client = world.client("client")
        await client.exchange(client.deposit(TAKE, cell(7)))
        await world.run(15)
        fetch, _ = client.fetch(TAKE)
        await client.exchange(fetch=fetch)
        await world.run(12)
        report = await inspect(world.sharers.stores[0])
        counted = await count_rows(url)
        assert {table.name: table.rows for table in report.tables} == counted
        assert (counted["shelves"], counted["replies"], counted["cells"]) == (1, 1, 0)
        shelf = client.shelf
    # The journal included: what is not written cannot remain.
    disk = b"".join(path.read_bytes() for path in (postgres.folder / "data").rglob("*") if path.is_file())
    assert TAKE not in disk
    assert shelf not in disk


async def count_rows(url: str) -> dict[str, int]:
    """Rows of every table, as the server itself counts them."""
    connection = await asyncpg.connect(url)
    try:
        names = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for (name,) in names}  # noqa: S608
    finally:
        await connection.close()


async def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    async with World(tmp_path, count=1) as world:
        await world.client("client").exchange()
        modes = file_modes(tmp_path)
        assert modes.keys() >= {"relay0.db", "relay0.db-wal"}
        assert set(modes.values()) == {0o600}
