"""Comparing words in the letter box: keys, languages, and that nothing ends before it was asked once more."""

from client_cli.letterbox.pages.visit import Visit
from client_cli.meeting.spoken_words import spoken_words
from client_cli.people.contacts import Label, Person, State, people
from tests.kits.letterboxes import shown


def person(visit: Visit) -> Person:
    (known,) = people(visit.opened)
    return known


def test_the_words_are_shown_and_the_first_key_confirms(visit: Visit) -> None:
    visit.press("7")
    words = spoken_words(visit.opened, person(visit)).in_language("ko")
    assert all(word in shown(visit) for word in words)
    assert person(visit).label is Label.CARDS
    visit.press("1")
    assert person(visit).label is Label.MET
    assert "직접 만나 확인함" in visit.notice
    assert "7" not in [choice.key for choice in visit.view().choices]


def test_another_language_shows_the_same_places_of_its_list(visit: Visit) -> None:
    visit.press("7")
    depth = len(visit.pages)
    visit.press("3")
    visit.press("3")
    assert len(visit.pages) == depth
    words = spoken_words(visit.opened, person(visit)).in_language("en")
    assert all(word in shown(visit) for word in words)


def test_later_changes_nothing(visit: Visit) -> None:
    visit.press("7")
    visit.press("0")
    assert (person(visit).label, person(visit).state) == (Label.CARDS, State.READY)


def test_not_the_same_is_asked_once_more_before_the_contact_ends(visit: Visit) -> None:
    visit.press("7")
    visit.press("2")
    visit.press("2")
    assert person(visit).state is State.READY
    assert all(word in shown(visit) for word in spoken_words(visit.opened, person(visit)).in_language("ko"))
    visit.press("2")
    visit.press("1")
    assert person(visit).state is State.CLOSED
    assert "sosik meet" in shown(visit)
    visit.press("0")
    assert not visit.ended
