"""A table of the vault has one writer: who wants to know how its rows change reads one module.

The SQL is read in the source, f-strings and joined strings included. Steps of the schema are
no writer, nor is what fills a new database from a backup.
"""

import ast
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import client_cli
from client_cli.vault.schema import migrate

ROOT = Path(client_cli.__file__).parent
SCHEMA = "vault/schema.py"
ROWS = "vault/rows.py"
"""It fills a database that nobody has opened yet, every table of it."""
UNKNOWN = "?"
"""Stands where a value is put into a string: the text itself must say which table it writes to."""
WRITES = re.compile(
    r"\b(?:(?:INSERT|REPLACE)(?:\s+OR\s+\w+)?\s+INTO|(?<!DO )UPDATE(?:\s+OR\s+\w+)?|DELETE\s+FROM)\s+(\w+|[?{%])"
)


def tables() -> set[str]:
    """The tables that the schema makes."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return found


def text_of(node: ast.AST) -> str:
    """A string as it is written down, with UNKNOWN for what is put into it."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(text_of, values))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left) + text_of(right)
        case _:
            return UNKNOWN


def texts(source: str) -> Iterator[str]:
    """Every string of a module, parts of strings as well."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            yield text_of(node)


def writers(sources: Mapping[str, str], known: set[str]) -> dict[str, set[str]]:
    """The modules that write to each table; those whose text does not say which are found under UNKNOWN."""
    found = defaultdict[str, set[str]](set)
    for name, source in sources.items():
        for table in (table for text in texts(source) for table in WRITES.findall(text)):
            if table in known or not table.isalpha():
                found[table if table in known else UNKNOWN].add(name)
    return dict(found)


def modules() -> dict[str, str]:
    """The sources of the client without the schema and what fills it."""
    found = {path.relative_to(ROOT).as_posix(): path.read_text() for path in ROOT.rglob("*.py")}
    del found[SCHEMA], found[ROWS]
    return found


def test_each_table_has_one_writer() -> None:
    found = writers(modules(), tables())
    assert set(found) == tables(), "a table that nobody writes, or one that the text does not name"
    assert {table: names for table, names in found.items() if len(names) > 1} == {}


@pytest.mark.parametrize(
    "planted",
    [
        'tx.execute("DELETE FROM expected WHERE hole = ?", (hole,))',
        'tx.execute(f"UPDATE expected SET {column} = ?", (1,))',
        'tx.execute("INSERT OR IGNORE INTO" + " expected VALUES (1)")',
        'for table in ("expected", "arrived"):\n    tx.execute(f"DELETE FROM {table} WHERE stream = ?", (1,))',
        'tx.execute("DELETE FROM {} WHERE stream = 1".format(table))',
        'tx.execute("DELETE FROM %s" % table)',
        'tx.execute("DELETE FROM " + table)',
    ],
)
def test_a_second_writer_is_found(planted: str) -> None:
    found = writers(modules() | {"planted.py": planted}, tables())
    assert "planted.py" in found["expected"] | found.get(UNKNOWN, set())
