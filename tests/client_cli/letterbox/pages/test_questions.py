"""A question in the letter box: the tries are told before, and the answer is kept nowhere."""

from client_cli.letterbox.pages.people import person_page
from client_cli.letterbox.pages.questions import question_page
from client_cli.letterbox.pages.visit import Visit
from client_cli.meeting.question import question_state
from client_cli.people.contacts import Person, people
from tests.kits.letterboxes import shown


def person(visit: Visit) -> Person:
    (known,) = people(visit.opened)
    return known


def at_question(visit: Visit) -> None:
    visit.restart(lambda visit: person_page(1, visit), lambda visit: question_page(1, visit))


def test_a_question_is_asked_in_two_lines_and_waits(visit: Visit) -> None:
    at_question(visit)
    assert [choice.key for choice in visit.view().choices] == ["2"]
    assert "3" in shown(visit)
    visit.press("2")
    visit.enter("밭에서 무엇을 구웠지?")
    assert "밭에서 무엇을 구웠지?" in shown(visit)
    visit.enter("감자")
    assert visit.view().choices == ()
    assert "밭에서 무엇을 구웠지?" in shown(visit)
    assert "감자" not in shown(visit)
    assert question_state(visit.opened, person(visit)).tries_left == 2


def test_going_back_before_the_answer_costs_no_try(visit: Visit) -> None:
    at_question(visit)
    visit.press("2")
    visit.enter("밭에서 무엇을 구웠지?")
    visit.press("0")
    assert question_state(visit.opened, person(visit)).tries_left == 3
