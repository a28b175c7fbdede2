"""What was told of a letter and what can be read of it agree, though cells overtake each other after it expired."""

from pathlib import Path

import pytest

from client_cli.inbox.reading import unread
from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.streams.deposit import Deposit
from tests.kits.cell_letters import ACK_LATER
from tests.kits.homes import CONSTANTS, DAY, EPOCH, NOW, Home, learn_day, pair

EXPIRED = NOW + CONSTANTS.letter_days * DAY


@pytest.fixture
def two(memory_path: Path) -> tuple[Home, Home]:
    return pair(memory_path)


def statuses(home: Home, now: float) -> list[LetterStatus]:
    return [letter.status for letter in letters(home.vault, now)]


def overtaken(mother: Home) -> tuple[Deposit, Deposit, Deposit]:
    """A letter that expired, one between that lies at its relay (so that the window does not pass both), a fast one:
    one cell of each, in the order they were sent."""
    write_letter(mother.vault, mother.person("딸"), "느린 편지", NOW)
    for at in range(14):
        mother.deposits(EXPIRED - 64 * DAY + 4 * DAY * at)
    mother.deposits(EXPIRED - 4 * DAY)
    write_letter(mother.vault, mother.person("딸"), "중간 편지", EXPIRED - 3.9 * DAY)
    (between,) = mother.deposits(EXPIRED - 3.9 * DAY)
    slow = mother.deposits(EXPIRED - DAY)[0]
    mother.keep_house(EXPIRED)
    write_letter(mother.vault, mother.person("딸"), "빠른 편지", EXPIRED)
    return between, slow, mother.deposits(EXPIRED)[-1]


def test_a_late_letter_that_is_told_as_arrived_can_be_read(two: tuple[Home, Home]) -> None:
    """Its last cell comes after one that says that it is not sent any more."""
    mother, daughter = two
    _, slow, fast = overtaken(mother)
    assert statuses(mother, EXPIRED)[0] is LetterStatus.EXPIRED
    daughter.accept(fast, EXPIRED)
    daughter.accept(slow, EXPIRED)
    for ack in daughter.deposits(EXPIRED + ACK_LATER):
        mother.accept(ack, EXPIRED + ACK_LATER)
    assert statuses(mother, EXPIRED + ACK_LATER)[0] is LetterStatus.ARRIVED
    assert {letter.text: letter.late for letter in unread(daughter.vault)} == {"느린 편지": True}


def test_only_from_its_last_day_on_is_a_letter_late(two: tuple[Home, Home]) -> None:
    """Nothing overtook it; a day before, its writer may have read a newer day than we."""
    mother, daughter = two
    for _ in range(2):
        write_letter(mother.vault, mother.person("딸"), "느린 편지", NOW)
    one, other = mother.deposits(EXPIRED - 3 * DAY)
    daughter.accept(one, EXPIRED - 2 * DAY)
    daughter.accept(other, EXPIRED)
    assert [letter.late for letter in unread(daughter.vault)] == [False, True]


def test_a_clock_that_is_behind_makes_no_letter_new(two: tuple[Home, Home]) -> None:
    """The day that relays sign counts."""
    mother, daughter = two
    write_letter(mother.vault, mother.person("딸"), "느린 편지", NOW)
    (slow,) = mother.deposits(EXPIRED - DAY)
    learn_day(daughter.vault, EXPIRED + DAY)
    daughter.accept(slow, EXPIRED - DAY)
    assert [letter.late for letter in unread(daughter.vault)] == [True]


def test_a_letter_is_not_told_as_expired_before_relays_sign_its_last_day(two: tuple[Home, Home]) -> None:
    mother, _ = two
    write_letter(mother.vault, mother.person("딸"), "편지", NOW)
    learn_day(mother.vault, EXPIRED - 2 * DAY)
    mother.keep_house(EXPIRED)
    assert statuses(mother, EXPIRED) == [LetterStatus.WAITING]
    learn_day(mother.vault, EXPIRED)
    mother.keep_house(EXPIRED)
    assert statuses(mother, EXPIRED) == [LetterStatus.EXPIRED]


def test_a_whole_letter_waits_no_longer_than_two_epochs_for_one_before_it(two: tuple[Home, Home]) -> None:
    mother, daughter = two
    for text in ("첫째", "둘째"):
        write_letter(mother.vault, mother.person("딸"), text, NOW)
    first, second = mother.deposits(NOW)
    daughter.accept(second, NOW)
    daughter.keep_house(NOW + EPOCH)
    assert unread(daughter.vault) == []
    daughter.keep_house(NOW + EPOCH)
    assert unread(daughter.vault) == [], "once an epoch"
    learn_day(daughter.vault, NOW + 2 * EPOCH)
    daughter.keep_house(NOW + 2 * EPOCH)
    assert [(letter.text, letter.late) for letter in unread(daughter.vault)] == [("둘째", False)]
    daughter.accept(first, NOW + 2 * EPOCH)
    assert [(letter.text, letter.late) for letter in unread(daughter.vault)] == [("둘째", False), ("첫째", True)]
