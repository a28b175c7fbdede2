"""The locks of a home: one process runs the schedule, and `lock` takes the letters key from it."""

import subprocess
import sys
from pathlib import Path

import pytest

from client_cli.errors import AlreadyOnline, KeyUnavailable
from client_cli.inbox import reading as inbox
from client_cli.inbox.receiving import Accepted
from client_cli.outbox import letters as outbox
from client_cli.seams import home_dir
from client_cli.status.facts import status
from client_cli.vault import lock
from client_cli.vault.keys import Key
from client_cli.vault.lock import (
    close_door,
    enter_lock,
    hold_online,
    lock_requested,
    online_running,
    receive_letters_key,
    request_lock,
)
from client_cli.vault.vault import Vault
from tests.kits.homes import NOW, WORDS, entropy, make_vault, pair


def no_pause(_: float) -> None:
    """Waiting takes no time here."""


def test_one_process_runs_the_schedule(tmp_path: Path) -> None:
    assert not online_running(tmp_path)
    with hold_online(tmp_path):
        assert online_running(tmp_path)
        with pytest.raises(AlreadyOnline), hold_online(tmp_path):
            pass
    assert not online_running(tmp_path)
    with hold_online(tmp_path):
        pass


def test_hold_ends_with_the_process_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from client_cli.vault.lock import hold_online\n"
        "with hold_online(pathlib.Path(sys.argv[1])):\n    print('on', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        assert online_running(tmp_path)
        process.kill()
    assert not online_running(tmp_path)


def test_lock_takes_the_letters_key_and_any_command_brings_it_back(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    home = daughter.vault.home
    with hold_online(home):
        doors = []

        def online_looks(_: float) -> None:
            if lock_requested(home):
                doors.append(enter_lock(daughter.vault, entropy(60)))

        assert request_lock(home, online_looks)
        (door,) = doors
        outbox.write_letter(mother.vault, mother.person("딸"), "편지", NOW)
        cell = mother.deposit(NOW)
        assert cell is not None
        assert daughter.accept(cell, NOW) is Accepted.UNOPENED
        assert not receive_letters_key(daughter.vault, door)
        with Vault.open(home, WORDS) as beside:
            assert [letter.text for letter in inbox.unread(beside)] == ["편지"]
            assert not status(beside, NOW).schedule.locked
        assert receive_letters_key(daughter.vault, door)
        assert daughter.vault.has_letters_key
        assert not receive_letters_key(daughter.vault, door)
        assert [letter.text for letter in inbox.unread(daughter.vault)] == ["편지"]


def test_second_lock_makes_a_new_door_and_the_old_box_opens_nothing(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        first = enter_lock(vault, entropy(60))
        Vault.open(vault.home, WORDS).close()
        second = enter_lock(vault, entropy(61))
        assert not receive_letters_key(vault, second)
        with vault.transaction() as tx:
            tx.put(Key.UNLOCK_BOX, bytes(80))
        assert not receive_letters_key(vault, first)
        Vault.open(vault.home, WORDS).close()
        assert receive_letters_key(vault, second)
        close_door(vault)
        Vault.open(vault.home, WORDS).close()
        with vault.transaction() as tx:
            assert tx.get(Key.UNLOCK_BOX) is None


def test_lock_without_anyone_online_is_confirmed_at_once(tmp_path: Path) -> None:
    (tmp_path / lock.LOCK_FILE).touch()
    assert request_lock(tmp_path, no_pause)
    assert not lock_requested(tmp_path)


def test_lock_that_is_not_confirmed_says_so_and_stays_asked(tmp_path: Path) -> None:
    with hold_online(tmp_path):
        assert not request_lock(tmp_path, no_pause)
        assert lock_requested(tmp_path)


def test_home_is_the_option_then_the_variable_then_the_platforms(tmp_path: Path) -> None:
    assert home_dir(tmp_path, {"SOSIK_HOME": "/elsewhere"}) == tmp_path
    assert home_dir(None, {"SOSIK_HOME": str(tmp_path)}) == tmp_path
    assert home_dir(None, {}).name == "sosik"


def test_unread_while_locked_is_refused(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home") as vault:
        vault.drop_letters_key()
        with pytest.raises(KeyUnavailable):
            inbox.kept(vault)
