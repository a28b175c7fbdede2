"""One connection to a relay's PostgreSQL: opened, migrated, and opened again when it was lost.

Invariant: a commit that was reported is on the server's disk (synchronous_commit = on); whatever cannot be known to be
committed is StoreFailed or StoreAway. What the server says is not passed on, since it may repeat an address or a row.
A process names itself by a random number and holds a session's advisory lock on it: the server itself frees that when
the process is gone, cut off, or stopped for longer than the timeouts here.
Spec: docs/protocol.md, Relay; docs/operators.md, PostgreSQL.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from protocol.seams import Entropy
from relay.errors import ConfigProblem, StoreAway, StoreFailed
from relay.store.address import PostgresAddress
from relay.store.migrations import migrations, scripts_of
from relay.store.records import KeyKind, Progress

if TYPE_CHECKING:
    import asyncpg

MIGRATIONS: Final = migrations("postgres")
# Advisory locks of this program in its database; each class is a 32-bit number beside a number of 32 bits.
GATE: Final = (0x536F73, 1)
PROCESSES: Final = 0x536F74
PIECES: Final = 0x536F75
CONNECT_S: Final = 10.0
# A statement takes milliseconds; a server that hangs must not hang the relay.
STATEMENT_S: Final = 30.0
_SETTINGS: Final = {
    "application_name": "sosik-relay",
    "synchronous_commit": "on",  # acknowledged means durable
    "default_transaction_isolation": "read committed",
    "lock_timeout": "20s",
    # A process that was stopped in the middle must not hold up the others, nor keep what it took from the pool.
    "idle_in_transaction_session_timeout": "20s",
    "idle_session_timeout": "150s",  # a process that lives says something every link tick, 60 s at most
    "search_path": "public",
    "jit": "off",
}

_Result = TypeVar("_Result")
Step = Callable[["asyncpg.Connection"], Awaitable[_Result]]


class PostgresSession:
    """Runs steps on the one connection; opens it anew at the first step after it was lost."""

    def __init__(self, address: PostgresAddress, entropy: Entropy, *, read_only: bool) -> None:
        """Not for callers, but to look at a server whatever it holds: use `open`."""
        self._address = address
        self._entropy = entropy
        self._read_only = read_only
        self._connection: asyncpg.Connection | None = None
        self._former = 0
        self.process = 0
        """The number by which this process is known while it is connected."""

    @classmethod
    async def open(cls, address: PostgresAddress, entropy: Entropy, *, read_only: bool = False) -> "PostgresSession":
        """Connect and bring the schema up to date (not if `read_only`).

        ConfigProblem: the driver is not installed. StoreAway: no server, or it does not let us in. StoreFailed: no
        database of this program, or made by a later version.
        """
        session = cls(address, entropy, read_only=read_only)
        await session.run(_check if read_only else _nothing)
        return session

    async def run(self, step: Step[_Result]) -> _Result:
        """Run one step. StoreAway: the server cannot be reached; StoreFailed: it refused."""
        try:
            import asyncpg  # 0.14 s to import: only a relay on PostgreSQL pays it
        except ImportError:
            raise ConfigProblem(
                "The driver for PostgreSQL is missing; nothing was started; install it: pip install 'sosik[postgres]'."
            ) from None

        try:
            return await step(await self._connected())
        except (
            OSError,
            TimeoutError,
            asyncpg.InterfaceError,
            asyncpg.InternalClientError,
            asyncpg.PostgresConnectionError,
            asyncpg.OperatorInterventionError,
            asyncpg.IdleInTransactionSessionTimeoutError,
            asyncpg.InvalidAuthorizationSpecificationError,
            asyncpg.InvalidCatalogNameError,
            asyncpg.TooManyConnectionsError,
        ) as error:
            self._drop()
            raise _away(error) from None
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            raise ValueError(f"a row that the store does not take ({type(error).__name__})") from None
        except asyncpg.PostgresError as error:
            raise StoreFailed(
                f"the relay's database failed ({type(error).__name__}); nothing new was accepted; is its disk full? "
                "Run `sosik-relay doctor`."
            ) from None

    async def separately(self, step: Step[_Result]) -> _Result:
        """Run one step on a connection of its own, so that nobody waits for it."""
        session = PostgresSession(self._address, self._entropy, read_only=self._read_only)
        try:
            return await session.run(step)
        finally:
            await session.close()

    async def close(self) -> None:
        """Close the connection; the server frees what this process held."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=CONNECT_S)
        self._drop()

    def _drop(self) -> None:
        """Forget a connection that is of no use any more."""
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None

    def drop(self) -> None:
        """Cut the connection, so that the server undoes what was not committed."""
        self._drop()

    async def _connected(self) -> "asyncpg.Connection":
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        import asyncpg

        address = self._address
        read_only = {"default_transaction_read_only": "on"} if self._read_only else {}
        # Every parameter is given, so that nothing comes from the environment or a file of somebody's home.
        connection = await asyncpg.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=address.password,
            database=address.database,
            ssl=address.tls(),
            timeout=CONNECT_S,
            command_timeout=STATEMENT_S,
            target_session_attrs=asyncpg.connect_utils.SessionAttribute.any,
            server_settings=_SETTINGS | read_only,
        )
        try:
            await self._settle(connection)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        return connection

    async def _settle(self, connection: "asyncpg.Connection") -> None:
        if self._read_only:
            return
        await _migrate(connection)
        former, self.process = self.process, int.from_bytes(self._entropy(4), "big") >> 1
        await connection.execute(f"SELECT pg_advisory_lock({PROCESSES}, {self.process})")
        if former:
            # What we held before the connection was lost is ours still, unless somebody has freed it meanwhile.
            await connection.execute("UPDATE packets SET holder = $1 WHERE holder = $2", self.process, former)


async def check_server(address: PostgresAddress) -> tuple[str, Progress]:
    """Look at a server's settings and at our tables, changing nothing: what is well, and how far the relay has come.

    An empty database is well. StoreFailed: what is not.
    """

    async def step(connection: "asyncpg.Connection") -> tuple[str, Progress]:
        for name in ("fsync", "full_page_writes"):
            if await connection.fetchval(f"SHOW {name}") != "on":
                raise StoreFailed(
                    f"The PostgreSQL server runs with {name} = off, so a power cut loses what was acknowledged; "
                    f"set {name} = on and restart it."
                )
        kept = [name for name in ("archive_mode", "wal_recycle") if await connection.fetchval(f"SHOW {name}") != "off"]
        words = f"PostgreSQL {connection.get_server_version().major}"
        if kept:
            words += f"; {' and '.join(kept)} = on keep what was erased for longer: Spec: docs/operators.md, PostgreSQL"
        if await _version(connection) == 0:
            return f"{words}; no tables yet, the first run makes them", Progress({}, None)
        await _check(connection)
        key_day = await connection.fetchval("SELECT MAX(period) FROM keys WHERE kind = $1", KeyKind.DAY)
        return words, Progress(dict(await connection.fetch("SELECT name, value FROM state")), key_day)

    def no_entropy(size: int) -> bytes:
        return bytes(size)  # a reader holds nothing and needs no number

    session = PostgresSession(address, no_entropy, read_only=True)
    try:
        return await session.run(step)
    finally:
        await session.close()


async def _nothing(connection: "asyncpg.Connection") -> None:
    """Only connect."""


def _away(error: Exception) -> StoreAway:
    return StoreAway(
        f"the relay's database cannot be reached ({type(error).__name__}); what was acknowledged is kept; nothing new "
        "is accepted until it is back; look at the PostgreSQL server and at [store] of relay.toml."
    )


async def _version(connection: "asyncpg.Connection") -> int:
    if await connection.fetchval("SELECT to_regclass('meta')") is None:
        return 0
    return int(await connection.fetchval("SELECT value FROM meta WHERE name = 'schema'"))


async def _check(connection: "asyncpg.Connection") -> None:
    newest = len(scripts_of(MIGRATIONS))
    version = await _version(connection)
    if version > newest:
        raise StoreFailed("the relay's database was made by a later version of this program")
    if version < newest:
        raise StoreFailed("the relay's database is empty or of an earlier version; the next `sosik-relay run` makes it")


async def _migrate(connection: "asyncpg.Connection") -> None:
    scripts = scripts_of(MIGRATIONS)
    if await _version(connection) == len(scripts):
        return
    texts = await asyncio.to_thread(lambda: [script.read_text(encoding="utf-8") for script in scripts])
    # Locked before the transaction begins: one that has begun would not see tables that another process made meanwhile.
    await connection.execute(f"SELECT pg_advisory_lock({GATE[0]}, {GATE[1]})")
    async with connection.transaction():
        version = await _version(connection)
        if version > len(scripts):
            raise StoreFailed("the relay's database was made by a later version of this program")
        for text in texts[version:]:
            await connection.execute(text)
        await connection.execute("UPDATE meta SET value = $1 WHERE name = 'schema'", len(scripts))
    await connection.execute(f"SELECT pg_advisory_unlock({GATE[0]}, {GATE[1]})")
