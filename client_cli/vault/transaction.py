"""One transaction on the vault, as the rest of the client sees it.

Invariant: what a transaction wrote is on disk whole or not at all; nobody commits but client_cli.vault.vault.
Spec: docs/protocol.md, Vault.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from client_cli.vault.keys import Counter, MetaKey, counter_of
from client_cli.vault.letters_key import LettersBox

__all__ = ["Transactions", "Tx", "Value"]

Value = bytes | int | float | str | None


class Tx:
    """One transaction. Values read in it are true until it ends; nothing it wrote is seen by others before."""

    def __init__(self, connection: Any, box: LettersBox) -> None:
        self._connection = connection
        self.box = box
        self.erasing = False
        # Single values read or written in this transaction; nobody else can change them before it ends. A slot asks
        # for the same few (roster, settings, shelf) some seventy times.
        self._known: dict[MetaKey, bytes | None] = {}

    @property
    def has_letters_key(self) -> bool:
        """Whether the letters compartment can be read and written."""
        return self.box.has_key

    def execute(self, sql: str, params: Sequence[Value] = ()) -> int:
        """Run one statement; the number of rows it changed."""
        count: int = self._connection.execute(sql, tuple(params)).rowcount
        return count

    def execute_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one statement once for every row."""
        self._connection.executemany(sql, rows)

    def all(self, sql: str, params: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        rows: list[tuple[Any, ...]] = self._connection.execute(sql, tuple(params)).fetchall()
        return rows

    def find(self, sql: str, params: Sequence[Value] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        row: tuple[Any, ...] | None = self._connection.execute(sql, tuple(params)).fetchone()
        return row

    def get(self, key: MetaKey) -> bytes | None:
        """The value of `key` in the table of single values, or None."""
        if key not in self._known:
            row = self.find("SELECT value FROM meta WHERE key = ?", (key,))
            self._known[key] = None if row is None else bytes(row[0])
        return self._known[key]

    def put(self, key: MetaKey, value: bytes) -> None:
        """Set a single value."""
        self.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
        )
        self._known[key] = value

    def delete(self, key: MetaKey) -> None:
        """Erase a single value, if it is there."""
        self.execute("DELETE FROM meta WHERE key = ?", (key,))
        self._known[key] = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what the block wrote if it raises; the exception passes, and the transaction can go on. Not nested."""
        known = dict(self._known)
        self._connection.execute("SAVEPOINT attempt")
        try:
            yield
        except BaseException:
            self._known = known
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO attempt")
            raise
        finally:
            if self._connection.in_transaction:
                self._connection.execute("RELEASE attempt")

    def next_number(self, counter: Counter) -> int:
        """Count up a persistent counter: 1, 2, 3, ... A number is never given twice, whatever was erased."""
        key = counter_of(counter)
        held = self.get(key)
        number = 1 if held is None else int.from_bytes(held, "big") + 1
        self.put(key, number.to_bytes(8, "big"))
        return number

    def mark_erasing(self) -> None:
        """Something was erased that must not stay in the write-ahead log: it is truncated after the commit."""
        self.erasing = True


class Transactions(Protocol):
    """What can begin a transaction: the vault."""

    def transaction(self) -> AbstractContextManager[Tx]:
        """One transaction, committed at the end of the block; see `Vault.transaction`."""
        ...
