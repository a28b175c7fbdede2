"""Letters in words: each state has some, and says what happens next."""

from dataclasses import replace
from pathlib import Path

import pytest

from client_cli import i18n
from client_cli.community.joining import join
from client_cli.inbox.partial import Coming
from client_cli.outbox.letters import LetterState, LetterStatus, write_letter
from client_cli.people.contacts import Label, Person, State
from client_cli.wording import times
from client_cli.wording.letters import (
    STATUSES,
    arrival,
    coming_line,
    ends_soon,
    next_step,
    reminder,
    tell_new,
    tell_queued,
)
from tests.kits.communities import invitation
from tests.kits.homes import NOW, make_vault, pair

MOTHER = Person(1, "어머니", Label.MET, State.READY)
LETTER = LetterState(3, MOTHER, NOW, LetterStatus.WAITING, 2, 0, NOW + 90 * 86_400, None)
UNTIL = times.day(LETTER.expires_on)


def test_every_state_has_words() -> None:
    assert set(STATUSES) == set(LetterStatus)


@pytest.mark.parametrize(
    ("status", "next_try_at", "told"),
    [
        (LetterStatus.WAITING, None, ["leaves by itself", UNTIL]),
        (LetterStatus.ON_ITS_WAY, NOW + 3600, ["tried again after", times.moment(NOW + 3600), UNTIL]),
        (LetterStatus.SENT_AGAIN, None, ["tried again if needed", UNTIL]),
        (LetterStatus.EXPIRED, None, ["not sent any more", UNTIL]),
    ],
)
def test_every_letter_says_what_happens_next(status: LetterStatus, next_try_at: float | None, told: list[str]) -> None:
    step = next_step(replace(LETTER, status=status, next_try_at=next_try_at))
    assert all(words in step for words in told)


@pytest.mark.parametrize(
    ("here", "told"),
    [
        (1, "딸의 편지가 일부 도착했습니다 (2조각 가운데 1조각)."),
        (2, "딸의 편지 한 통이 다 도착했습니다. 먼저 쓴 편지가 도착하면 열립니다."),
    ],
)
def test_a_letter_of_which_all_has_arrived_is_not_called_a_part(here: int, told: str) -> None:
    i18n.use("ko")
    assert coming_line(Coming(replace(MOTHER, name="딸"), here, 2)) == told


def test_with_a_letter_that_arrived_nothing_happens() -> None:
    assert next_step(replace(LETTER, status=LetterStatus.ARRIVED)) == ""


def test_during_a_pause_letters_wait_unless_it_is_over_with_them() -> None:
    paused = replace(LETTER, person=replace(MOTHER, state=State.PAUSED))
    assert "until you resume" in next_step(paused)
    assert next_step(replace(paused, status=LetterStatus.ARRIVED)) == ""
    assert "not sent any more" in next_step(replace(paused, status=LetterStatus.EXPIRED))


def test_the_reminder_names_the_command_as_it_is_typed() -> None:
    assert reminder(replace(MOTHER, name="Anna Lee")).endswith("sosik ask 'Anna Lee'")


def test_who_is_warned_learns_which_letter_and_until_when() -> None:
    warned = ends_soon(LETTER)
    assert "3" in warned
    assert "어머니" in warned
    assert UNTIL in warned


def test_what_was_written_just_now_is_told_with_its_parts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mother, _daughter = pair(tmp_path)
    (person,) = [mother.person("딸")]
    tell_queued(write_letter(mother.vault, person, "감자" * 3000, NOW))
    first, until, _how = capsys.readouterr().out.splitlines()
    assert first.startswith("Letter 1 to 딸: waiting for its slot, in ")
    assert times.day(NOW + 90 * 86_400) in until


def test_an_estimate_needs_a_community(tmp_path: Path) -> None:
    with make_vault(tmp_path / "joined") as vault:
        join(vault, invitation(), NOW)
        assert "in about" in arrival(vault, 1)
    with make_vault(tmp_path / "alone", joined=False) as vault:
        assert "joined" in arrival(vault, 1)


@pytest.mark.parametrize(("count", "said"), [(0, ""), (1, "1 new letter waits"), (2, "2 new letters wait")])
def test_new_letters_are_counted_aloud(count: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    tell_new(count)
    assert capsys.readouterr().out.startswith(said)
    assert (count > 0) or not capsys.readouterr().out
