"""Which store a relay has: the file in its directory, or the PostgreSQL database that relay.toml names.

Specification: docs/operators.md, PostgreSQL.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from protocol.seams import Entropy
from relay.config import Config
from relay.directory import DATABASE
from relay.readonly import open_read_only
from relay.store import Store
from relay.store_address import find_address
from relay.store_postgres import PostgresStore
from relay.store_sqlite import SqliteStore


async def open_store(directory: Path, config: Config, entropy: Entropy) -> Store:
    """Open the store of a relay's directory, making or migrating its tables. StoreFailed: it is not usable."""
    address = find_address(config.store, directory)
    if address is None:
        return await SqliteStore.open(directory / DATABASE)
    return await PostgresStore.open(address, entropy)


@asynccontextmanager
async def look_at_store(directory: Path, config: Config, entropy: Entropy) -> AsyncIterator[Store]:
    """The same store for reading, beside the relay that runs on it; nothing is made, migrated or locked."""
    address = find_address(config.store, directory)
    if address is None:
        async with open_read_only(directory / DATABASE) as store:
            yield store
        return
    postgres = await PostgresStore.open(address, entropy, read_only=True)
    try:
        yield postgres
    finally:
        await postgres.close()
