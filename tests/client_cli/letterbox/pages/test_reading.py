"""Reading in the letter box: what is left is erased, what is kept stays, and no letter passes for one of our lines."""

from pathlib import Path

from client_cli.inbox import reading as inbox
from client_cli.letterbox.pages.visit import Visit
from client_cli.outbox import letters as outbox
from client_cli.people.contacts import require_person
from tests.kits.letterboxes import (
    put_letter,
    shown,
    visit_with_letters,
)


def test_a_letter_that_was_left_is_erased_and_a_kept_one_stays(memory_path: Path) -> None:
    visit = visit_with_letters(memory_path, 2)
    visit.press("2")
    assert "감자를 구워" in shown(visit)
    visit.press("1")
    assert len(inbox.kept(visit.opened)) == 1
    visit.press("0")
    assert inbox.unread(visit.opened) == []
    visit.press("1")
    assert "감자를 구워" in shown(visit)


def test_a_letter_is_read_answered_and_still_there_until_it_is_left(visit: Visit) -> None:
    visit.press("2")
    visit.press("3")
    visit.enter("저도 보고 싶어요")
    assert "감자를 구워" in shown(visit)
    assert len(outbox.letters(visit.opened, visit.now())) == 1
    assert len(inbox.unread(visit.opened)) == 1
    visit.press("0")
    assert inbox.unread(visit.opened) == []


def test_a_late_letter_says_so(visit: Visit) -> None:
    number = require_person(visit.opened, "어머니").number
    put_letter(visit.opened, number, "늦은 감자", 2, late=True)
    visit.press("2")
    assert "닿지 않았다고" not in shown(visit)
    visit.press("2")
    assert "늦은 감자" in shown(visit)
    assert "닿지 않았다고" in shown(visit)


def test_the_fixed_line_stands_under_every_letter(visit: Visit) -> None:
    visit.press("2")
    assert shown(visit).splitlines()[-1].startswith("돈이나 만남, 여행")


def test_no_line_of_a_letter_can_pass_for_one_of_ours(visit: Visit) -> None:
    visit.press("2")
    lines = shown(visit).splitlines()
    assert all(line.startswith("│ ") for line in lines if "감자" in line or "보고 싶다" in line)
