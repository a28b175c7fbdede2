"""A guard that answers is left in one place, for the next one of the order that nobody is against."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.community.joining import join
from client_cli.community.relays import load_network
from client_cli.post.exchanges import ExchangeInFlight
from client_cli.post.fetches import FetchAnswer
from client_cli.post.leaving import find_successor
from client_cli.vault.keys import Key
from client_cli.vault.transaction import Tx
from client_cli.vault.vault import Vault
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, Response, Status
from protocol.seams import RelayId
from tests.client_cli.post.test_withholding import WAIT_S
from tests.kits.communities import invitation, make_roster, signed
from tests.kits.homes import NOW, make_vault

GUARD, OTHER = RelayId(0), RelayId(1)
NOWHERE = Cursor(0, 0)
EMPTY = Response(Status.OK, bytes(32), 0, None, 1, NOWHERE, NOWHERE, NOWHERE, b"")
STORES = [RelayId(0), RelayId(1), RelayId(2)] * 4


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with make_vault(tmp_path) as vault:
        join(vault, invitation(), NOW)
        with vault.transaction() as tx:
            tx.put(Key.ROSTER, signed(make_roster(3, guards=(0, 1))).data)
        yield vault


def shown(tx: Tx, now: float, answer: FetchAnswer | None = None) -> RelayId | None:
    """An exchange with the guard that shows nothing of the board."""
    flight = ExchangeInFlight(GUARD, Profile.STANDARD, b"", b"", 1, 1, NOWHERE, left_at=now)
    return find_successor(tx, load_network(tx), flight, EMPTY, answer, now)


def test_the_next_one_takes_over_from_a_guard_that_shows_nothing_for_two_seals(vault: Vault) -> None:
    with vault.transaction() as tx:
        assert [shown(tx, NOW + WAIT_S * quarter / 4) for quarter in range(5)] == [None] * 4 + [OTHER]


def test_altered_replies_are_missing_ones_and_misses_are_not(vault: Vault) -> None:
    with vault.transaction() as tx:
        misses = [FetchAnswer(None, None, store=store, carrier=GUARD) for store in STORES]
        assert {shown(tx, NOW, miss) for miss in misses} == {None}
        strangers = [FetchAnswer(None, None, altered=True, store=store, carrier=OTHER) for store in STORES]
        assert {shown(tx, NOW, stranger) for stranger in strangers} == {None}, "owed by another guard"
        altered = [FetchAnswer(None, None, altered=True, store=store, carrier=GUARD) for store in STORES]
        assert [shown(tx, NOW, one) for one in altered].index(OTHER) == 7
