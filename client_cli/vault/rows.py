"""The rows of a vault as bytes, for a backup, and a new database made of them.

Invariant: a table that is not named is not in it, and nothing but rows is: no page of the file, so nothing that was
erased. Rows of an older schema become those of now by the same steps as in a vault. Spec: docs/protocol.md, Backups.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from client_cli.errors import VaultDamaged, VaultNewer
from client_cli.vault.keys import Key
from client_cli.vault.schema import MIGRATIONS, migrate
from client_cli.vault.transaction import Tx

__all__ = ["OF_PEOPLE", "WHOLE", "dump", "fill"]

OF_PEOPLE = ("meta", "descriptors", "seals", "contacts", "streams", "expected")
"""What letters go on with: people, their streams, the community. Of letters their numbers alone."""
WHOLE = (
    *OF_PEOPLE, "arrived", "in_flight", "letters_out", "parts", "letters_in", "portraits", "questions", "handovers",
    "bundle_exchanges", "bundle_fetches", "loops_watched",
)  # fmt: skip
"""All but what one run has sealed, counted, or sent and waits for."""
_OF_ONE_FOLDER = (
    Key.UNLOCK_DOOR,
    Key.UNLOCK_BOX,
    Key.SCHEDULE_SEED,
    Key.SCHEDULE,
    Key.SYNC_SCHEDULE,
    Key.BUNDLE_SCHEDULE,
)
"""Doors of its process, and what its slots are drawn from: two devices must not draw the same ones."""
_SHELVES = "shelf "
"""How the names of shelves begin. A folder that goes on must find its own, or it would take itself for the copy."""


class _Table(msgspec.Struct, frozen=True, array_like=True):
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class _Rows(msgspec.Struct, frozen=True, array_like=True):
    schema: int
    tables: dict[str, _Table]


def dump(tx: Tx, tables: Iterable[str], assemblers: Mapping[int, bytes]) -> bytes:
    """All rows of these tables; columns of the letters compartment stay sealed. `assemblers`: what stands there instead
    of the parts of letters that are not whole, by contact."""
    found = {}
    for table in tables:
        columns = tuple(name for _, name, *_ in tx.all(f"PRAGMA table_info({table})"))
        rows = tx.all(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - of our own schema
        if table == "meta":
            rows = [row for row in rows if row[0] not in _OF_ONE_FOLDER and not row[0].startswith(_SHELVES)]
        if table == "contacts":
            number, kept = columns.index("number"), columns.index("sealed_assembler")
            rows = [(*row[:kept], assemblers.get(row[number], row[kept]), *row[kept + 1 :]) for row in rows]
        found[table] = _Table(columns, tuple(rows))
    return msgspec.msgpack.encode(_Rows(len(MIGRATIONS), found))


def fill(connection: Any, dumped: bytes) -> None:
    """Make an empty database one that holds these rows, at the newest schema. VaultNewer: they are of a newer program;
    VaultDamaged: they are no rows of ours."""
    try:
        held = msgspec.msgpack.decode(dumped, type=_Rows)
    except msgspec.MsgspecError:
        raise VaultDamaged from None
    if held.schema > len(MIGRATIONS):
        raise VaultNewer
    migrate(connection, held.schema)
    connection.execute("BEGIN")  # a row that is a transaction of its own would wait for the disk
    for name, table in held.tables.items():
        columns = tuple(column for _, column, *_ in connection.execute(f"PRAGMA table_info({_known(name)})").fetchall())
        if set(columns) != set(table.columns):
            raise VaultDamaged
        places = ", ".join("?" for _ in table.columns)
        # Into a database that nobody has opened yet: the one writer of each table begins after this.
        connection.executemany(
            f"INSERT INTO {_known(name)} ({', '.join(table.columns)}) VALUES ({places})",  # noqa: S608
            table.rows,
        )
    connection.execute("COMMIT")
    migrate(connection)


def _known(name: str) -> str:
    if name not in WHOLE:
        raise VaultDamaged
    return name
