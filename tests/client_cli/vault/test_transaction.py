"""Transactions: whole or not at all, never one inside another, and numbers that are never given twice."""

from pathlib import Path

import pytest

from client_cli.vault.keys import Counter, Key
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from tests.kits.homes import make_vault


def _fail_after_putting(vault: Vault) -> None:
    with vault.transaction() as tx:
        tx.put(Key.PROXY, b"value")
        raise KeyError


def test_exception_leaves_nothing_of_a_transaction(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        with pytest.raises(KeyError):
            _fail_after_putting(vault)
        with vault.transaction() as tx:
            assert tx.get(Key.PROXY) is None


def test_transactions_do_not_nest(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault, vault.transaction(), pytest.raises(RuntimeError), vault.transaction():
        pass


def test_numbers_are_never_given_twice(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault, vault.transaction() as tx:
        assert [tx.next_number(Counter.CONTACTS) for _ in range(3)] == [1, 2, 3]
        assert tx.next_number(Counter.STREAMS) == 1


def _fail_in_an_attempt(tx: Tx) -> None:
    with tx.attempt():
        tx.put(Key.PROXY, b"attempted")
        tx.next_number(Counter.CONTACTS)
        raise KeyError


def test_an_attempt_that_fails_leaves_nothing_and_the_rest_stays(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        with vault.transaction() as tx:
            tx.put(Key.PROXY, b"before")
            with pytest.raises(KeyError):
                _fail_in_an_attempt(tx)
            assert tx.get(Key.PROXY) == b"before"
            with tx.attempt():
                tx.put(Key.LOCK_AFTER, b"kept")
        with vault.transaction() as tx:
            assert (tx.get(Key.PROXY), tx.get(Key.LOCK_AFTER)) == (b"before", b"kept")
            assert tx.next_number(Counter.CONTACTS) == 1
