"""What is particular to the files of each store: what stays in them, and databases of earlier and later versions."""

import asyncio
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from lab.processes.postgres import Cluster
from protocol.routes.frames import NO_REF, FrameKind
from protocol.seams import RelayId
from relay.errors import StoreFailed
from relay.operator.inventory import NOTES, POSTGRES_ONLY, Report, inspect
from relay.seams import system_entropy
from relay.store.address import parse_address
from relay.store.interface import Store
from relay.store.postgres.store import PostgresStore
from relay.store.records import KeyKind, KeyRow, LinkRow, PacketRow, ReturnRow
from relay.store.sqlite.store import SqliteStore
from tests.conftest import on_postgres

KEPT = Path(__file__).parent / "kept"
EXPLAINED = {(table, column) for table, note in NOTES.items() for column in note.columns}
SECRET = b"a secret that must not survive.."


def raw_bytes(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


async def write_and_erase(store: Store) -> None:
    async with store.transaction() as tx:
        tx.add_keys([KeyRow(KeyKind.DAY, 1, SECRET)])
        tx.add_returns([ReturnRow(b"r" * 16, RelayId(2), None, None, 77, 0, SECRET, 10)])
    async with store.transaction() as tx:
        tx.erase_keys([(KeyKind.DAY, 1)])
        tx.erase_returns([b"r" * 16])


async def test_erased_bytes_are_not_in_sqlites_files_after_a_checkpoint(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "relay.db")
    await write_and_erase(store)
    await store.checkpoint()
    assert SECRET not in raw_bytes(tmp_path)
    await store.close()


@on_postgres
async def test_erased_keys_are_not_in_postgres_tables_after_a_checkpoint_but_in_its_journal(postgres: Cluster) -> None:
    """The second half is what docs/operators.md and docs/threats.md say: should it change, they are to change too."""
    store = await PostgresStore.open(parse_address(postgres.new_database()), system_entropy)
    await write_and_erase(store)
    await store.checkpoint()
    await store.close()
    postgres.restart()
    data = postgres.folder / "data"
    assert SECRET not in raw_bytes(data / "base")
    assert SECRET in raw_bytes(data / "pg_wal")


@on_postgres
async def test_writing_tables_anew_waits_for_nobody_and_nobody_waits_for_it(postgres: Cluster) -> None:
    """Else a backup that reads the ways back would stop every exchange for as long as it takes."""
    address = parse_address(postgres.new_database())
    store, other = [await PostgresStore.open(address, system_entropy) for _ in range(2)]
    async with store.transaction() as reading:
        await reading.returns([b"r" * 16])
        checkpoint = asyncio.create_task(other.checkpoint())
        began = time.monotonic()
        async with other.transaction() as tx:
            tx.add_returns([ReturnRow(b"s" * 16, RelayId(2), None, None, 77, 0, SECRET, 10)])
        assert not await checkpoint
        assert time.monotonic() - began < 5, "the usual patience with a lock is 20 s"
    assert await other.checkpoint()
    for one in (store, other):
        await one.close()


@on_postgres
async def test_a_table_too_large_to_be_written_anew_in_a_second_is_left_as_it_is(postgres: Cluster) -> None:
    store = await PostgresStore.open(parse_address(postgres.new_database()), system_entropy)
    # As slow as a large table: an index whose function sleeps for every row that is written anew.
    statements = """
        CREATE FUNCTION slow(bytea) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_sleep(0.1); RETURN 1; END';
        CREATE INDEX slowly ON returns (slow(ref))
    """
    await store._session.run(lambda connection: connection.execute(statements))
    async with store.transaction() as tx:
        tx.add_returns([ReturnRow(bytes([n]) * 16, RelayId(2), None, None, 77, 0, SECRET, 10) for n in range(15)])
    began = time.monotonic()
    assert await store.checkpoint()
    assert time.monotonic() - began < 3
    async with store.transaction() as tx:
        assert len(await tx.returns([bytes([n]) * 16 for n in range(15)])) == 15
    await store.close()


async def test_every_released_version_of_the_sqlite_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    files = sorted(KEPT.glob("sqlite_*.db"))
    assert files
    for kept in files:
        path = tmp_path / kept.name
        shutil.copy(kept, path)
        before = table_counts(path)
        store = await SqliteStore.open(path)
        report = await inspect(store)
        assert {table.name: table.rows for table in report.tables} == before
        assert columns_of(report) == EXPLAINED - POSTGRES_ONLY
        async with store.transaction() as tx:
            assert await tx.link(RelayId(1), b"b" * 8) == LinkRow(RelayId(1), b"b" * 8, 12, 5, 20000)
            body = b"p" * 64
            row = PacketRow(1 << 62, 1_728_000_000_000, RelayId(1), FrameKind.PACKET, NO_REF, body)
            assert await tx.packets([1 << 62]) == [row]
        await store.close()


def table_counts(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    try:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608
    finally:
        connection.close()


def columns_of(report: Report) -> set[tuple[str, str]]:
    return {(table.name, column) for table in report.tables for column in table.columns}


async def test_a_later_sqlite_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "relay.db"
    await (await SqliteStore.open(path)).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreFailed, match="later version"):
        await SqliteStore.open(path)
    assert path.read_bytes() == before


@on_postgres
async def test_a_later_postgres_database_is_refused_and_a_new_one_is_explained(postgres: Cluster) -> None:
    address = parse_address(postgres.new_database())
    with pytest.raises(StoreFailed, match="empty"):
        await PostgresStore.open(address, system_entropy, read_only=True)
    store = await PostgresStore.open(address, system_entropy)
    assert columns_of(await inspect(store)) == EXPLAINED
    await store._session.run(lambda connection: connection.execute("UPDATE meta SET value = 999 WHERE name = 'schema'"))
    await store.close()
    for read_only in (False, True):
        with pytest.raises(StoreFailed, match="later version"):
            await PostgresStore.open(address, system_entropy, read_only=read_only)


@on_postgres
async def test_processes_that_start_together_make_one_set_of_tables(postgres: Cluster) -> None:
    for _ in range(4):
        address = parse_address(postgres.new_database())
        stores = await asyncio.gather(*(PostgresStore.open(address, system_entropy) for _ in range(4)))
        for store in stores:
            assert len(await store.tables()) == len(NOTES)
            await store.close()


@on_postgres
async def test_each_packet_has_one_holder_for_as_long_as_that_lives(postgres: Cluster) -> None:
    address = parse_address(postgres.new_database())
    one, other = [await PostgresStore.open(address, system_entropy) for _ in range(2)]
    peer = RelayId(1)
    rows = [PacketRow(number, number, peer, FrameKind.PACKET, NO_REF, b"body") for number in range(1, 9)]
    pieces = [PacketRow(number, number, peer, FrameKind.PIECE, NO_REF, b"body") for number in range(11, 15)]
    async with one.transaction() as tx:
        tx.add_packets([*rows, *pieces])
    async with one.transaction() as first, other.transaction() as second:
        # At the same time: what one has taken and not yet committed, the other skips.
        ours = await first.claims.claim(peer, 6, 3)
        theirs = await second.claims.claim(peer, 6, 9)
        assert ([entry[1] for entry in ours], [entry[1] for entry in theirs]) == ([1, 2, 3], [4, 5, 6])
        assert [entry[1] for entry in await first.claims.claim_pieces(peer, 99, 2)] == [11, 12]
        assert await second.claims.claim_pieces(peer, 99, 2) == []
    async with other.transaction() as tx:
        assert [entry[1] for entry in await tx.claims.held()] == [4, 5, 6]
        assert await tx.claims.claim_pieces(peer, 99, 2) == []  # they leave in order, by one process at a time
        assert [row.id for row in await tx.packets([1, 4, 7])] == [4, 7]
        await tx.claims.free()
        assert (await tx.claims.waiting()).processes == 2
        assert await tx.claims.last_piece_due() == 14
        assert await tx.claims.stale(FrameKind.PACKET, 3) == [1, 2]
        assert await tx.claims.bound_for_others([peer]) == []
        assert len(await tx.claims.bound_for_others([RelayId(2)])) == 12
    await one.close()
    async with other.transaction() as tx:
        tx.claims.let_go()
        for _ in range(10_000):  # the server notices in its own time that the first one is gone
            if (await tx.claims.waiting()).processes == 1:
                break
        await tx.claims.free()
        assert len(await tx.claims.claim(peer, 99, 99)) == 8
        assert [entry[1] for entry in await tx.claims.claim_pieces(peer, 99, 9)] == [11, 12, 13, 14]
    await other.close()


@on_postgres
async def test_what_runs_alone_waits_for_the_others_and_counts_changes(postgres: Cluster) -> None:
    address = parse_address(postgres.new_database())
    one, other = [await PostgresStore.open(address, system_entropy) for _ in range(2)]
    order: list[str] = []

    async def alone() -> None:
        async with other.transaction(alone=True) as tx:
            assert await tx.changes() == 0
            order.append("alone")
            assert await tx.add_change() == 0  # nothing was written
            tx.set_state({"cut": 1})
            assert await tx.add_change() == 1

    async with one.transaction() as tx:
        await tx.pool()
        waiting = asyncio.create_task(alone())
        done, _ = await asyncio.wait([waiting], timeout=0.1)
        assert not done
        order.append("shared")
    await waiting
    assert order == ["shared", "alone"]
    async with one.transaction() as tx:
        assert await tx.changes() == 1
    for store in (one, other):
        await store.close()
