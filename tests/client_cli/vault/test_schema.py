"""The schema grows by whole steps, and a database of a newer program is left alone."""

import sqlite3

import pytest

from client_cli.vault.schema import MIGRATIONS, migrate


def database(steps: int = 0) -> sqlite3.Connection:
    """A database that an older program left after so many steps."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in (statement for step in MIGRATIONS[:steps] for statement in step):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {steps}")
    return connection


def layout(connection: sqlite3.Connection) -> list[tuple[str]]:
    return connection.execute("SELECT sql FROM sqlite_master ORDER BY name").fetchall()


@pytest.mark.parametrize("steps", range(len(MIGRATIONS) + 1))
def test_every_older_database_comes_to_the_same_layout(steps: int) -> None:
    fresh, older = database(), database(steps)
    migrate(fresh)
    migrate(older)
    assert layout(older) == layout(fresh)
    assert older.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_newer_database_is_left_alone() -> None:
    connection = database(1)
    before = layout(connection)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(ValueError, match="newer"):
        migrate(connection)
    assert layout(connection) == before


def test_a_step_that_fails_leaves_the_database_as_it_was() -> None:
    connection = database(1)
    connection.execute("CREATE TABLE portraits (mine INTEGER)")
    before = layout(connection)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection)
    assert layout(connection) == before
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
