"""Cells and sheets on PostgreSQL, many at once."""

from lab.processes.postgres import Cluster
from relay.seams import system_entropy
from relay.store.address import parse_address
from relay.store.postgres.store import PostgresStore
from tests.conftest import on_postgres
from tests.kits import many_rows


@on_postgres
async def test_many_at_once_are_served_as_each_alone(postgres: Cluster) -> None:
    store = await PostgresStore.open(parse_address(postgres.new_database()), system_entropy)
    try:
        await many_rows.board(store)
    finally:
        await store.close()
