"""A helper who writes to both relatives passes their cards on as letters, and keeps nothing of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.desk import by_letter
from client_cli.desk.by_letter import Given
from client_cli.errors import CardProblem
from client_cli.meeting.own_cards import make_introduce_card
from client_cli.meeting.requests import accept, requests
from client_cli.outbox import letters as outbox
from client_cli.people import contacts
from protocol.people.introduction import SealedAnswer
from tests.kits.homes import NOW
from tests.kits.villages import Village, rows, settled, talk


@pytest.fixture
def village(memory_path: Path) -> Iterator[Village]:
    with settled(memory_path) as made:
        yield made


def test_the_helper_keeps_nothing_of_cards_that_were_passed_on(village: Village) -> None:
    village.introduce()
    assert rows(village.helper) == 0
    assert outbox.letters(village.helper.vault, NOW) == [], "nothing of it stands among the letters"
    assert [person.name for person in contacts.people(village.helper.vault)] == ["가", "나"]


def test_cards_of_one_person_are_not_introduced_to_each_other(village: Village) -> None:
    numbers = village.give(village.a, "동생"), village.give(village.a, "오빠")
    one, two = (by_letter.by_letter(village.helper.vault, number, NOW) for number in numbers)
    with pytest.raises(CardProblem, match="one person"):
        by_letter.introduce(village.helper.vault, village.desk, one, two, NOW)
    with pytest.raises(CardProblem, match="came from"):
        by_letter.send(village.helper.vault, village.desk, one, village.helper.person("가"), "", NOW)
    by_letter.forget(village.helper.vault, one)
    assert [left.number for left in by_letter.to_pass_on(village.helper.vault, NOW)] == [numbers[1]]


def test_an_answer_to_a_card_that_came_by_picture_waits_for_the_helper(village: Village) -> None:
    """A gave a picture, B writes to the helper: B's answer comes by letter, and leaves as a picture."""
    text = make_introduce_card(village.a.vault, "동생", NOW, village.a.crypto)
    by_letter.send(village.helper.vault, village.desk, Given(text), village.helper.person("나"), "", NOW)
    village.deliver()
    (offer,) = requests(village.b.vault, NOW)
    accept(village.b.vault, "언니", NOW, village.b.crypto, offer.number)
    village.carry(village.b, village.helper)
    (waiting,) = by_letter.to_pass_on(village.helper.vault, NOW)
    assert isinstance(waiting.passed, SealedAnswer)
    answer = by_letter.by_letter(village.helper.vault, waiting.number, NOW)
    assert by_letter.is_answer(answer)
    by_letter.send(village.helper.vault, village.desk, answer, village.helper.person("가"), "", NOW)
    village.deliver()
    accept(village.a.vault, "동생", NOW, village.a.crypto)
    talk(village)
    assert rows(village.helper) == 0
