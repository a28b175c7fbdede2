"""Loops come back through the code that letters go through, locked or not, and lost ones stop nothing."""

from pathlib import Path

from client_cli.inbox.receiving import Accepted
from client_cli.post.housekeeping import housekeeping
from client_cli.status.facts import status
from client_cli.streams.loops import next_loop
from tests.kits.homes import NOW, RELAYS, Home, make_home


def loop(home: Home, now: float, relay: int) -> Accepted | None:
    with home.vault.transaction() as tx:
        housekeeping(tx, now, home.crypto)
        deposit = next_loop(tx, RELAYS[relay], now, home.crypto)
    return None if deposit is None else home.accept(deposit, now + 60)


def test_loops_come_back_and_are_counted_locked_or_not(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", 1)
    home.vault.drop_letters_key()
    for number in range(200):
        assert loop(home, NOW + number * 120, number % 3) is Accepted.LOOP
    told = status(home.vault, NOW)
    assert (told.schedule.loops_sent, told.schedule.loops_returned) == (200, 200)
    assert told.schedule.locked


def test_lost_loops_do_not_stop_the_next_ones(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", 1)
    sent = 0
    for number in range(300):
        now = NOW + number * 300
        with home.vault.transaction() as tx:
            housekeeping(tx, now, home.crypto)
            deposit = next_loop(tx, RELAYS[number % 3], now, home.crypto)
        if deposit is not None:
            sent += 1
            if number % 4:
                home.accept(deposit, now + 60)
    assert sent > 280
