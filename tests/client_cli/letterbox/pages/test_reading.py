"""Reading in the letter box: what is left is erased, what is kept stays, and no letter passes for one of our lines."""

import pickle
from pathlib import Path

from client_cli.inbox import reading as inbox
from client_cli.letterbox.pages.visit import Visit
from client_cli.outbox import letters as outbox
from client_cli.people.contacts import require_person
from tests.kits.letterboxes import (
    LETTER,
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
    visit.press("2")
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
    visit.press("2")
    assert inbox.unread(visit.opened) == []


def test_erased_letters_are_taken_back_one_by_one_until_the_page_is_left(memory_path: Path) -> None:
    visit = visit_with_letters(memory_path, 3)
    person = visit.pages[-1]

    def here() -> list[int]:
        return [letter.number for letter in inbox.unread(visit.opened)]

    for key in ("2", "2", "2"):  # read, the next letter, erase this one
        visit.press(key)
    assert here() == [2, 3]
    visit.press("2")
    visit.press("0")
    assert here() == []
    assert visit.pages[-1] is person
    assert LETTER.encode() not in pickle.dumps([one.row for one in visit.erased]), "held sealed"
    for left in ([3], [2, 3], [1, 2, 3]):
        visit.press("9")
        assert here() == left
        assert "감자를 구워" in shown(visit)
    assert "9" not in {choice.key for choice in visit.view().choices}
    visit.press("0")
    assert here() == [2, 3]
    visit.press("1")  # deeper is not away
    assert "9" in {choice.key for choice in visit.view().choices}
    visit.press("0")
    visit.press("0")
    assert visit.erased == []
    visit.press("1")
    visit.press("9")
    assert here() == [2, 3]


def test_a_letter_that_comes_back_is_as_it_was(visit: Visit) -> None:
    before = inbox.unread(visit.opened)
    for key in ("2", "0", "2", "9"):
        visit.press(key)
    assert inbox.unread(visit.opened) == before


def test_what_was_erased_is_in_no_file_and_a_lock_holds_nothing(visit: Visit) -> None:
    for key in ("2", "0", "2"):
        visit.press(key)
    assert visit.erased
    with visit.opened.transaction() as tx:
        assert tx.all("SELECT 1 FROM letters_in") == []
    visit.lock()
    assert visit.erased == []


def test_of_a_letter_to_be_kept_nothing_is_asked(visit: Visit) -> None:
    inbox.keep_letter(visit.opened, inbox.unread(visit.opened)[0].number)
    visit.press("2")
    assert "간직" in visit.view().back
    visit.press("0")
    assert len(inbox.kept(visit.opened)) == 1


def test_keeping_when_asked_keeps_and_is_not_asked_again(memory_path: Path) -> None:
    visit = visit_with_letters(memory_path, 2)
    for key in ("2", "0", "0"):  # read, done, and back to the letter
        visit.press(key)
    assert "감자를 구워" in shown(visit)
    for key in ("0", "1"):
        visit.press(key)
    assert len(inbox.kept(visit.opened)) == 1
    for key in ("2", "0"):
        visit.press(key)
    assert len(inbox.kept(visit.opened)) == 1
    assert inbox.unread(visit.opened) == []


def test_a_late_letter_says_so(visit: Visit) -> None:
    number = require_person(visit.opened, "어머니").number
    put_letter(visit.opened, number, "늦은 감자", 2, late=True)
    visit.press("2")
    assert "도착하지 않았다고" not in shown(visit)
    visit.press("2")
    visit.press("2")
    assert "늦은 감자" in shown(visit)
    assert "도착하지 않았다고" in shown(visit)


def test_the_fixed_line_stands_under_every_letter(visit: Visit) -> None:
    visit.press("2")
    assert shown(visit).splitlines()[-1].startswith("돈이나 만남, 여행")


def test_no_line_of_a_letter_can_pass_for_one_of_ours(visit: Visit) -> None:
    visit.press("2")
    lines = shown(visit).splitlines()
    assert all(line.startswith("│ ") for line in lines if "감자" in line or "보고 싶다" in line)
