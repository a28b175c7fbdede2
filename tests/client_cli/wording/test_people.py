"""People in words: every state has some, and no label claims more than is known."""

import shlex

import pytest

from client_cli.people.contacts import Label, Person, State
from client_cli.wording.people import LABELS, STATES, as_typed, label


def test_every_label_and_state_has_words() -> None:
    assert set(LABELS) == set(Label)
    assert set(STATES) == set(State)


def test_who_was_introduced_and_not_asked_is_told_with_the_helper() -> None:
    person = Person(1, "언니", Label.NOT_CONFIRMED, State.READY, "도우미")
    assert label(person) == "introduced by 도우미, not confirmed"
    assert label(Person(1, "언니", Label.NOT_CONFIRMED, State.READY)) == "not confirmed"
    assert label(Person(1, "언니", Label.ANSWERED, State.READY, "도우미")) == "answered"


@pytest.mark.parametrize("name", ["어머니", "Anna Lee", "O'Neil", "a;rm -rf ~", "-x y"])
def test_a_name_as_typed_is_one_word_for_a_shell(name: str) -> None:
    assert shlex.split(as_typed(name)) == [name]


def test_a_plain_name_is_typed_as_it_is() -> None:
    assert as_typed("어머니") == "어머니"
