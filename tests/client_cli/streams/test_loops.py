"""Loops come back through the code that letters go through, locked or not, and lost ones stop nothing."""

import shutil
from pathlib import Path

from client_cli.inbox.receiving import Accepted
from client_cli.post.housekeeping import housekeeping
from client_cli.status.facts import status
from client_cli.streams.fresh_start import find_put_back
from client_cli.streams.loops import next_loop
from client_cli.vault.vault import Vault
from tests.kits.homes import NOW, RELAYS, WORDS, Home, make_home


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


def test_a_loop_that_this_state_never_left_tells_of_another_run(tmp_path: Path) -> None:
    """It is one of a copy that went on: our own begin from a new root, and everybody is asked."""
    home = make_home(tmp_path / "home", 1)
    home.keep_house(NOW)
    home.vault.close()
    shutil.copytree(tmp_path / "home", tmp_path / "copy")
    home.vault = Vault.open(tmp_path / "home", WORDS)
    with home.vault.transaction() as tx:
        deposit = next_loop(tx, RELAYS[0], NOW, home.crypto)
    assert deposit is not None
    copy = Home(Vault.open(tmp_path / "copy", WORDS), home.content, home.crypto)
    assert copy.accept(deposit, NOW + 60) is Accepted.LOOP
    with copy.vault.transaction() as tx:
        assert find_put_back(tx) is not None
    assert loop(copy, NOW + 120, 0) is Accepted.LOOP
    assert copy.accept(deposit, NOW + 180) is None
