"""Keeping, forgetting, pausing; what a sender is told before a letter expires; and that it lies somewhere till then."""

from itertools import pairwise
from pathlib import Path

import pytest

from client_cli.errors import NoSuchLetter
from client_cli.inbox import reading as inbox
from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.people.contacts import State, pause_person, resume_person
from client_cli.status.facts import status
from tests.kits.homes import CONSTANTS, DAY, NOW, Home, learn_day, pair

ACK_LATER = 28 * CONSTANTS.ack_wait_ms / 1000
THREE = ["첫째 소식", "둘째 소식", "셋째 소식"]


@pytest.fixture
def two(memory_path: Path) -> tuple[Home, Home]:
    return pair(memory_path)


def send(sender: Home, name: str, text: str, now: float = NOW) -> None:
    write_letter(sender.vault, sender.person(name), text, now)


def carry(sender: Home, receiver: Home, now: float = NOW) -> None:
    for deposit in sender.deposits(now):
        receiver.accept(deposit, now)


def texts(home: Home) -> list[str]:
    return [letter.text for letter in inbox.unread(home.vault)]


def test_of_three_letters_the_one_to_keep_stays_after_reading(two: tuple[Home, Home]) -> None:
    mother, daughter = two
    for text in THREE:
        send(mother, "딸", text)
    carry(mother, daughter)
    first, second, third = inbox.unread(daughter.vault)
    inbox.keep_letter(daughter.vault, second.number)
    assert [letter.kept for letter in inbox.unread(daughter.vault)] == [False, True, False]
    inbox.mark_read(daughter.vault, [first.number, second.number, third.number], keep=False)
    assert inbox.unread(daughter.vault) == []
    assert [letter.text for letter in inbox.kept(daughter.vault)] == [THREE[1]]
    with daughter.vault.transaction() as tx:
        assert tx.all("SELECT number FROM letters_in") == [(second.number,)]
    inbox.forget_letter(daughter.vault, second.number)
    assert inbox.kept(daughter.vault) == []


def test_keep_and_forget_name_a_letter_that_is_not_there(two: tuple[Home, Home]) -> None:
    for act in (inbox.keep_letter, inbox.forget_letter, inbox.get_letter):
        with pytest.raises(NoSuchLetter):
            act(two[0].vault, 7)


def test_a_pause_lets_letters_wait_and_tells_the_other_side_nothing(two: tuple[Home, Home]) -> None:
    mother, daughter = two
    pause_person(mother.vault, mother.person("딸"))
    assert mother.person("딸").state is State.PAUSED
    send(mother, "딸", "아직 가지 않습니다")
    assert mother.deposits(NOW) == []
    send(daughter, "어머니", "잘 지내세요?")
    carry(daughter, mother)
    assert texts(mother) == []  # not among the new ones; shown when asked for
    assert len(inbox.unread(mother.vault, mother.person("딸"))) == 1
    carry(mother, daughter, NOW + ACK_LATER)  # the ack leaves as always
    assert letters(daughter.vault, NOW + ACK_LATER)[0].status is LetterStatus.ARRIVED
    assert texts(daughter) == []
    resume_person(mother.vault, mother.person("딸"))
    carry(mother, daughter, NOW + ACK_LATER)
    assert texts(daughter) == ["아직 가지 않습니다"]
    assert texts(mother) == ["잘 지내세요?"]


def test_the_sender_is_told_two_weeks_before_a_letter_expires(two: tuple[Home, Home]) -> None:
    mother, _ = two
    send(mother, "딸", "닿지 않는 편지")
    days = CONSTANTS.letter_days
    told = {day: letters(mother.vault, NOW + day * DAY)[0].ends_soon for day in (0, days - 15, days - 13, days - 1)}
    assert told == {0: False, days - 15: False, days - 13: True, days - 1: True}
    assert status(mother.vault, NOW + (days - 13) * DAY).letters.ends_soon == 1
    learn_day(mother.vault, NOW + (days + 1) * DAY)  # a clock alone ends nothing
    (over,) = letters(mother.vault, NOW + (days + 1) * DAY)
    assert over.status is LetterStatus.EXPIRED
    assert not over.ends_soon
    assert status(mother.vault, NOW + (days + 1) * DAY).letters.ends_soon == 0


def test_an_unread_letter_lies_at_some_relay_until_it_expires(two: tuple[Home, Home]) -> None:
    """Each part is left again before relays let go of it, all the time that it is sent."""
    mother, _ = two
    send(mother, "딸", "두 조각 편지 " * 300)
    (letter,) = letters(mother.vault, NOW)
    assert letter.parts == 2
    left: dict[int, list[float]] = {part: [] for part in range(letter.parts)}
    step = CONSTANTS.retention_s / 56  # six hours
    now = NOW
    while now < letter.expires_on - step:
        before = tries(mother)
        mother.deposits(now)
        for part, count in tries(mother).items():
            if count > before[part]:
                left[part].append(now)
        now += step
    for times in left.values():
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert times[0] == NOW
        assert max(gaps) < CONSTANTS.retention_s / 2
        assert letter.expires_on - times[-1] < CONSTANTS.retention_s


def tries(home: Home) -> dict[int, int]:
    with home.vault.transaction() as tx:
        return dict(tx.all("SELECT part, tries FROM parts ORDER BY part"))
