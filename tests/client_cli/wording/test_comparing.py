"""What is said around the words of a meeting."""

from pathlib import Path

import pytest

from client_cli.meeting.spoken_words import SpokenWords, say_same
from client_cli.people.contacts import Person
from client_cli.wording import comparing
from tests.kits.homes import pair


@pytest.fixture
def daughter(tmp_path: Path) -> Person:
    mother, _ = pair(tmp_path)
    return mother.person("딸")


def test_every_word_stands_behind_its_number(daughter: Person) -> None:
    words = SpokenWords(daughter, tuple(range(8)))
    assert comparing.numbered(words, "en")[:2] == ["  1  abandon", "  2  ability"]
    shown = comparing.lines(words, "ko")
    assert [line for line in shown if line in comparing.numbered(words, "ko")] == comparing.numbered(words, "ko")


def test_nobody_is_offered_a_comparison_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mother, _ = pair(tmp_path)
    comparing.tell_comparisons(mother.vault)
    assert "sosik compare 딸" in capsys.readouterr().out
    say_same(mother.vault, mother.person("딸"))
    comparing.tell_comparisons(mother.vault)
    assert capsys.readouterr().out == ""


def test_the_sentences_name_the_person(daughter: Person) -> None:
    for sentence in (
        comparing.question(daughter),
        comparing.warning(daughter),
        *comparing.told_different(daughter)[:3],
    ):
        assert "딸" in sentence
