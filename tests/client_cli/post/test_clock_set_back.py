"""A clock that was ahead for a moment makes nothing wait for the time it showed."""

from pathlib import Path

import pytest

from client_cli.outbox.letters import letters, write_letter
from client_cli.post.clock_set_back import clock_went_back
from client_cli.streams import arrived, expected
from client_cli.streams.arrived import Arrived
from client_cli.streams.expected import StreamPlace
from protocol.primitives.days import DAY_S
from tests.kits.homes import CONSTANTS, NOW, Home, pair
from tests.kits.small_network import START, SmallNetwork, make_member, make_postman

AHEAD_S = 5 * 3600.0
RETRY_S = CONSTANTS.retry_ms / 1000


def next_try(home: Home) -> float:
    (letter,) = letters(home.vault, NOW)
    assert letter.next_try_at is not None
    return letter.next_try_at


def test_a_letter_sent_by_a_clock_that_was_ahead_is_sent_again_as_if_sent_now(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "보고 싶다", NOW)
    assert mother.deposit(NOW + AHEAD_S) is not None
    wait = next_try(mother) - (NOW + AHEAD_S)
    with mother.vault.transaction() as tx:
        clock_went_back(tx, NOW)
    assert abs(next_try(mother) - (NOW + wait)) < 1e-3


@pytest.mark.parametrize("ahead_s", [AHEAD_S, 400 * DAY_S], ids=["+5 h", "+400 d"])
def test_a_letter_written_by_a_clock_that_was_ahead_is_sent_now(tmp_path: Path, ahead_s: float) -> None:
    mother, _ = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "보고 싶다", NOW + ahead_s)
    assert mother.deposit(NOW) is None
    with mother.vault.transaction() as tx:
        clock_went_back(tx, NOW)
    assert mother.deposit(NOW) is not None


def test_an_ack_of_what_came_while_locked_waits_as_long_as_was_drawn(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "보고 싶다", NOW)
    deposit = mother.deposit(NOW)
    assert deposit is not None
    with daughter.vault.transaction() as tx:
        one = Arrived(StreamPlace(1, (0, 0)), b"m", NOW + AHEAD_S, NOW + AHEAD_S + 77, b"s" * 32)
        arrived.add(tx, one)
        clock_went_back(tx, NOW)
        assert [(held.arrived_at, held.ack_due) for held in arrived.oldest(tx, 9)] == [(NOW, NOW + 77)]


def test_pigeonholes_are_asked_for_unlisted_for_one_retention_at_most(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    with mother.vault.transaction() as tx:
        expected.enable_blind(tx, NOW + 400 * DAY_S + CONSTANTS.retention_s)
        clock_went_back(tx, NOW)
        assert expected.blind_until(tx) == NOW + CONSTANTS.retention_s


def test_a_clock_that_goes_on_changes_nothing(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "보고 싶다", NOW)
    deposit = mother.deposit(NOW)
    assert deposit is not None
    daughter.accept(deposit, NOW)
    for home in (mother, daughter):
        with home.vault.transaction() as tx:
            tables = ("parts", "in_flight", "contacts", "expected", "outstanding")
            before = [tx.all(f"SELECT * FROM {table}") for table in tables]  # noqa: S608
            clock_went_back(tx, NOW + 1)
            assert [tx.all(f"SELECT * FROM {table}") for table in tables] == before  # noqa: S608


def test_an_ack_and_a_fetch_do_not_wait_for_the_wrong_time(tmp_path: Path) -> None:
    mother, daughter = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "보고 싶다", NOW)
    deposit = mother.deposit(NOW)
    assert deposit is not None
    daughter.accept(deposit, NOW)
    far = NOW + 30 * 3600.0
    with daughter.vault.transaction() as tx:
        tx.execute("UPDATE contacts SET ack_due = ?", (far,))
        tx.execute("UPDATE expected SET asked_at = ?", (far,))
        tx.execute(
            "INSERT INTO outstanding (relay, reply_keys, sent_at, give_up_at) VALUES (0, x'00', ?, ?)", (far, far)
        )
        clock_went_back(tx, NOW)
        assert tx.all("SELECT DISTINCT ack_due FROM contacts") == [(NOW,)]
        assert tx.all("SELECT DISTINCT asked_at FROM expected") == [(NOW,)]
        assert tx.all("SELECT give_up_at FROM outstanding") == [(NOW,)]


def test_a_start_puts_right_what_a_clock_that_was_ahead_left(tmp_path: Path) -> None:
    """A program that was closed while the clock was set right."""
    with make_member(SmallNetwork(), tmp_path, "solo") as member:
        postman = make_postman(member, "solo")
        postman.start(START)
        far = START + AHEAD_S
        with member.transaction() as tx:
            tx.execute(
                "INSERT INTO outstanding (relay, reply_keys, sent_at, give_up_at) VALUES (0, x'00', ?, ?)", (far, far)
            )
        make_postman(member, "again").start(START)
        with member.transaction() as tx:
            assert tx.all("SELECT give_up_at FROM outstanding WHERE reply_keys = x'00'") == [(START,)]
