"""What confirms our clock: a day that a relay signed, at most one retention ago."""

from pathlib import Path

from client_cli.community.clock import certainly_past_s, day_confirmed, day_reached, may_be_over
from tests.kits.homes import CONSTANTS, DAY, NOW, learn_day, make_vault


def test_a_clock_is_confirmed_until_one_retention_after_the_newest_signed_day(tmp_path: Path) -> None:
    vault = make_vault(tmp_path)
    with vault.transaction() as tx:
        assert not day_confirmed(tx, NOW), "no relay has signed a day yet"
    learn_day(vault, NOW)
    last = (NOW // DAY + 1) * DAY + CONSTANTS.retention_s
    with vault.transaction() as tx:
        assert day_confirmed(tx, NOW)
        assert day_confirmed(tx, last)
        assert not day_confirmed(tx, last + 1)
    learn_day(vault, last + 1)
    with vault.transaction() as tx:
        assert day_confirmed(tx, last + 1)


def test_nothing_confirms_a_clock_before_the_roster_is_known(tmp_path: Path) -> None:
    with make_vault(tmp_path, joined=False).transaction() as tx:
        assert not day_confirmed(tx, NOW)


def test_what_one_side_takes_for_certainly_past_the_other_takes_for_possibly_over(tmp_path: Path) -> None:
    """Whoever is told has read the signed day of today, who reads only that of yesterday, and both clocks differ."""
    vault = make_vault(tmp_path)
    learn_day(vault, NOW)
    with vault.transaction() as tx:
        today = day_reached(tx)
    assert today == NOW // DAY
    past = certainly_past_s(NOW + 9 * DAY, today)
    assert past < (today + 1) * DAY
    assert certainly_past_s(NOW - DAY, today) == NOW - DAY
    last_day = int(past // DAY)
    assert may_be_over(last_day, NOW - 9 * DAY, today - 1)
    assert not may_be_over(last_day, NOW - 9 * DAY, today - 2)
    assert may_be_over(last_day, NOW - DAY, None)
