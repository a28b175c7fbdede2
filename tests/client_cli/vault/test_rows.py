"""Rows of a vault in a new database: all that were there, brought to the newest schema; nothing else is taken."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from client_cli.errors import VaultDamaged, VaultNewer
from client_cli.vault.keys import Key, shelf_at
from client_cli.vault.rows import WHOLE, dump, fill
from client_cli.vault.schema import MIGRATIONS, migrate
from tests.kits.homes import pair


def database() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def test_all_rows_are_there_again_but_what_one_folder_alone_goes_on_with(tmp_path: Path) -> None:
    vault = pair(tmp_path)[0].vault
    made = database()
    with vault.transaction() as tx:
        tx.put(Key.SCHEDULE, b"drawn from")
        tx.put(shelf_at(0), b"of this folder")
        fill(made, dump(tx, WHOLE, {}))
        for table in WHOLE:
            rows = made.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
            kept = [row for row in tx.all(f"SELECT * FROM {table}") if row[0] not in (Key.SCHEDULE, shelf_at(0))]  # noqa: S608
            assert rows == kept, table
    assert made.execute("SELECT COUNT(*) FROM contacts").fetchone() == (1,)
    made.close()


def test_rows_of_an_older_schema_become_those_of_now() -> None:
    made = database()
    fill(made, msgspec.msgpack.encode((1, {"meta": (("key", "value"), (("settings", b"x"),))})))
    assert made.execute("SELECT * FROM meta").fetchall() == [("settings", b"x")]
    newest = database()
    migrate(newest)
    tables = "SELECT sql FROM sqlite_master ORDER BY name"
    assert made.execute(tables).fetchall() == newest.execute(tables).fetchall()
    made.close()
    newest.close()


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        (b"\xc1", VaultDamaged),
        (msgspec.msgpack.encode((len(MIGRATIONS) + 1, {})), VaultNewer),
        (msgspec.msgpack.encode((1, {"prepared": (("slot",), ())})), VaultDamaged),
        (msgspec.msgpack.encode((1, {"meta": (("key",), ())})), VaultDamaged),
    ],
)
def test_other_rows_are_refused(rows: bytes, refused: type[Exception]) -> None:
    made = database()
    with pytest.raises(refused):
        fill(made, rows)
    made.close()
