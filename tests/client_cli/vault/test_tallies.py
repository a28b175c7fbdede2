"""Counts add up, each for itself, and what never happened was counted no times."""

from pathlib import Path

from client_cli.vault import tallies
from client_cli.vault.tallies import Tally
from tests.kits.homes import make_vault


def test_each_count_adds_up_by_itself(tmp_path: Path) -> None:
    with make_vault(tmp_path).transaction() as tx:
        tallies.add(tx, Tally.LOOPS_SENT)
        tallies.add(tx, Tally.LOOPS_SENT)
        tallies.add(tx, Tally.BOARD_FINDINGS, 5)
        tallies.add(tx, Tally.BOARD_MALFORMED, 0)
        assert {what: tallies.count(tx, what) for what in Tally} == {
            Tally.LOOPS_SENT: 2,
            Tally.LOOPS_RETURNED: 0,
            Tally.BOARD_FINDINGS: 5,
            Tally.BOARD_MALFORMED: 0,
            Tally.REPLIES_REFUSED: 0,
        }
        assert tx.find("SELECT 1 FROM tallies WHERE name = 'board_malformed'") is None
