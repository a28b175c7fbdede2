"""A guard that keeps something back is left after two seals, in all of which we heard of it."""

from pathlib import Path

import pytest

from client_cli.community.joining import join
from client_cli.community.relays import load_network
from client_cli.post.withholding import WAIT_SEALS, has_withheld
from client_cli.vault.transaction import Tx
from protocol.seams import RelayId
from tests.kits.communities import invitation, make_roster
from tests.kits.homes import NOW, make_vault

SEAL_S = make_roster(3).constants.pages_per_seal * make_roster(3).constants.page_s
WAIT_S = WAIT_SEALS * SEAL_S
GUARD, OTHER = RelayId(0), RelayId(1)


def shown(tx: Tx, guard: RelayId, now: float) -> bool:
    return has_withheld(tx, load_network(tx), guard, now)


@pytest.mark.parametrize("joined", [True, False])
def test_what_is_missing_for_two_seals_was_withheld_and_the_count_begins_anew(tmp_path: Path, joined: bool) -> None:
    """Nothing was shown: no key is agreed, or there is no roster at all."""
    vault = make_vault(tmp_path, joined=joined)
    join(vault, invitation(), NOW)
    with vault, vault.transaction() as tx:
        moments = [NOW + WAIT_S * quarter / 4 for quarter in range(9)]
        assert [shown(tx, GUARD, now) for now in moments] == [False] * 4 + [True] + [False] * 4


def test_a_pause_or_another_guard_or_a_clock_set_back_is_no_reason(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    join(vault, invitation(), NOW)
    with vault, vault.transaction() as tx:
        assert not shown(tx, GUARD, NOW)
        assert not shown(tx, GUARD, NOW + 10 * WAIT_S), "we were away: what came since was not read yet"
        assert not shown(tx, OTHER, NOW + 10 * WAIT_S + WAIT_S / 2)
        assert not shown(tx, GUARD, NOW + 11 * WAIT_S)
        assert not shown(tx, GUARD, NOW)
        assert not shown(tx, GUARD, NOW + WAIT_S * 0.5)
        assert shown(tx, GUARD, NOW + WAIT_S)
