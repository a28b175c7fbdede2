"""Which store a relay has: the file in its directory, or the PostgreSQL database that relay.toml names.

Spec: docs/operators.md, PostgreSQL.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from protocol.seams import Entropy
from relay.errors import StoreFailed
from relay.home.config import Config
from relay.home.directory import DATABASE
from relay.store.address import find_address
from relay.store.interface import Store
from relay.store.move_ends import INCOMPLETE, MOVED
from relay.store.postgres.store import PostgresStore
from relay.store.sqlite.read_only import open_read_only
from relay.store.sqlite.store import SqliteStore


async def open_store(directory: Path, config: Config, entropy: Entropy) -> Store:
    """Open the store of a relay's directory, making or migrating its tables. StoreFailed: it is not usable."""
    address = find_address(config.store, directory)
    store: Store = (
        await SqliteStore.open(directory / DATABASE) if address is None else await PostgresStore.open(address, entropy)
    )
    try:
        async with store.transaction() as tx:
            check_marks(await tx.state())
    except BaseException:
        await store.close()
        raise
    return store


def check_marks(state: Mapping[str, int]) -> None:
    """StoreFailed: a move into this store was not finished, or everything was moved out of it."""
    if INCOMPLETE in state:
        raise StoreFailed(
            "A move into this store was not finished; nothing was started; erase it and move again, "
            "or go on with the old one."
        )
    if MOVED in state:
        raise StoreFailed(
            "This store was moved; nothing was started; name the new one under [store] in relay.toml, "
            "and erase this one."
        )


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
