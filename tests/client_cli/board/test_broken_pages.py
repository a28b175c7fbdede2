"""Which relays' pages did not fit two of their seals."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.board.broken_pages import broken_pages, forget_pages, note_pages
from client_cli.vault.transaction import Tx
from protocol.board.chain import Finding, FindingKind
from protocol.board.log import Seal
from protocol.seams import RelayId
from tests.kits.homes import CONSTANTS, make_vault

ONE, TWO = RelayId(1), RelayId(2)
SEAL = CONSTANTS.pages_per_seal


@pytest.fixture
def tx(tmp_path: Path) -> Iterator[Tx]:
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        yield tx


def sealed(
    tx: Tx, number: int, kind: FindingKind | None = None, relay: RelayId = ONE, about: RelayId = ONE
) -> set[RelayId]:
    """The seal of that number of a relay, and what was found."""
    interval = 1000 + number * SEAL
    findings = [] if kind is None else [Finding(kind, about, interval)]
    note_pages(tx, [Seal(relay, interval, bytes(32), ())], findings, CONSTANTS)
    return broken_pages(tx, CONSTANTS)


@pytest.mark.parametrize("kind", [FindingKind.FORKED, FindingKind.GAP])
def test_two_false_seals_are_enough_also_with_one_between_that_proves_nothing(tx: Tx, kind: FindingKind) -> None:
    assert sealed(tx, 0, kind) == set()
    assert sealed(tx, 1) == set()
    assert sealed(tx, 2, kind) == {ONE}


def test_the_same_seal_read_twice_is_one(tx: Tx) -> None:
    assert sealed(tx, 0, FindingKind.FORKED) == set()
    assert sealed(tx, 0, FindingKind.FORKED) == set()


def test_what_another_relay_says_of_pages_does_not_count(tx: Tx) -> None:
    for number in range(3):
        assert sealed(tx, number, FindingKind.DISAGREED) == set()
        assert sealed(tx, number, FindingKind.FORKED, relay=TWO, about=ONE) == set()


def test_it_is_forgotten_after_three_seals_that_fit_and_with_another_guard(tx: Tx) -> None:
    assert [sealed(tx, number, FindingKind.GAP) for number in (0, 1)] == [set(), {ONE}]
    assert [sealed(tx, number) for number in (2, 3, 4, 5)] == [{ONE}] * 3 + [set()]
    assert sealed(tx, 6, FindingKind.GAP) == set()
    assert sealed(tx, 7, FindingKind.GAP) == {ONE}
    forget_pages(tx)
    assert broken_pages(tx, CONSTANTS) == set()
