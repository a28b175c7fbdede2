"""Every store is cut as its interface is: a concern, a Protocol, a module of its name, a class with its methods."""

from typing import Any

import pytest

from relay.store import interface
from relay.store.interface import Board, Expiry, Keys, Pool, Shelves, Transaction
from relay.store.postgres.store import PostgresTransaction
from relay.store.sqlite.store import SqliteTransaction

CONCERNS: list[Any] = [Keys, Pool, Shelves, Board, Expiry]


def methods(kind: type) -> set[str]:
    return {name for name, found in vars(kind).items() if callable(found) and not name.startswith("_")}


@pytest.mark.parametrize("store", [SqliteTransaction, PostgresTransaction], ids=["sqlite", "postgres"])
@pytest.mark.parametrize("concern", CONCERNS, ids=lambda concern: str(concern.__name__))
def test_a_concern_has_a_module_of_its_name_in_every_store(concern: Any, store: type) -> None:
    room = store.__module__.rpartition(".")[0]
    [part] = [base for base in store.__bases__ if base.__module__ == f"{room}.{concern.__name__.lower()}"]
    assert methods(part) == methods(concern)
    assert methods(concern)


def test_a_transaction_is_its_concerns_and_no_method_stands_twice() -> None:
    assert set(CONCERNS) < set(Transaction.__mro__)
    names = [name for concern in CONCERNS for name in methods(concern)]
    assert len(names) == len(set(names))
    assert methods(Transaction) == {"changes", "add_change"}
    assert interface.Store.transaction.__annotations__["return"].__args__[0] is Transaction
