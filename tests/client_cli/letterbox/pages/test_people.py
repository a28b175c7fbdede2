"""The people of the letter box: where it opens, four at a time, and what a pause shows."""

from client_cli.letterbox.pages.people import home_pages, people_page
from client_cli.letterbox.pages.visit import Visit
from client_cli.people.contacts import State, people
from client_cli.wording.people import STATES
from tests.kits.letterboxes import put_person, shown


def test_with_one_letter_it_opens_at_the_person_it_came_from(visit: Visit) -> None:
    assert visit.view().title == "어머니"
    visit.press("0")
    assert "1  어머니" in shown(visit)


def test_with_several_people_and_no_letter_it_opens_with_everybody(visit: Visit) -> None:
    for key in ("2", "0", "2"):  # read, done, erase it
        visit.press(key)
    put_person(visit.opened, "언니")
    assert home_pages(visit) == [people_page]


def test_people_stand_four_on_a_page(visit: Visit) -> None:
    for number in range(2, 7):
        put_person(visit.opened, f"사람 {number}")
    visit.restart(people_page)
    assert [choice.key for choice in visit.view().choices] == ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
    assert "사람 5" not in shown(visit)
    visit.press("5")
    assert "사람 5" in shown(visit)
    assert "어머니" not in shown(visit)


def test_nobody_is_called_away_or_there(visit: Visit) -> None:
    """Of a person stand here a name, how they are confirmed, and the letters that wait: all of it of this vault."""
    (mother,) = people(visit.opened)
    assert mother.state is State.READY
    visit.restart(people_page)
    for state, words in STATES.items():
        if state is not State.READY:
            assert words not in shown(visit)
