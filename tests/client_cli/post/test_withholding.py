"""A guard that keeps something back is left after two seals, in all of which we heard of it."""

from pathlib import Path

from client_cli.post.withholding import WAIT_SEALS, has_withheld
from protocol.seams import RelayId
from tests.kits.communities import make_roster
from tests.kits.homes import NOW, make_vault

ROSTER = make_roster(3)
SEAL_S = ROSTER.constants.pages_per_seal * ROSTER.constants.page_s
WAIT_S = WAIT_SEALS * SEAL_S
GUARD, OTHER = RelayId(0), RelayId(1)


def test_what_is_missing_for_two_seals_was_withheld_and_the_count_begins_anew(tmp_path: Path) -> None:
    with make_vault(tmp_path) as vault, vault.transaction() as tx:  # nothing was shown: no key is agreed
        moments = [NOW + WAIT_S * quarter / 4 for quarter in range(9)]
        assert [has_withheld(tx, ROSTER, GUARD, now) for now in moments] == [False] * 4 + [True] + [False] * 4


def test_a_pause_or_another_guard_or_a_clock_set_back_is_no_reason(tmp_path: Path) -> None:
    with make_vault(tmp_path) as vault, vault.transaction() as tx:
        assert not has_withheld(tx, ROSTER, GUARD, NOW)
        assert not has_withheld(tx, ROSTER, GUARD, NOW + 10 * WAIT_S), "we were away: what came since was not read yet"
        assert not has_withheld(tx, ROSTER, OTHER, NOW + 10 * WAIT_S + WAIT_S / 2)
        assert not has_withheld(tx, ROSTER, GUARD, NOW + 11 * WAIT_S)
        assert not has_withheld(tx, ROSTER, GUARD, NOW)
        assert not has_withheld(tx, ROSTER, GUARD, NOW + WAIT_S * 0.5)
        assert has_withheld(tx, ROSTER, GUARD, NOW + WAIT_S)
