"""How questions ended, told once, and who waits for an answer."""

from pathlib import Path

import pytest

from client_cli.meeting import question
from client_cli.people.contacts import Label
from client_cli.wording.questions import asks, tell, tell_questions
from tests.client_cli.meeting.test_question import carry, exchange, guess_and_drop, labels, unconfirmed
from tests.kits.homes import NOW


def test_the_same_answer_is_told_with_the_label_it_raised_and_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mother, daughter = unconfirmed(tmp_path)
    exchange(mother, daughter, "감자", "감자")
    tell(mother.vault, NOW)
    tell(daughter.vault, NOW)
    assert capsys.readouterr().out.count("the same answer. Now: answered.") == 2
    assert labels(mother, daughter) == (Label.ANSWERED, Label.ANSWERED)
    tell(mother.vault, NOW)
    assert capsys.readouterr().out == ""


def test_other_answers_are_a_warning_with_the_tries_that_are_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mother, daughter = unconfirmed(tmp_path)
    exchange(mother, daughter, "감자", "고구마")
    tell(mother.vault, NOW)
    told = capsys.readouterr().out
    assert "were not the same" in told
    assert told.rstrip().endswith("Tries left: 2")


def test_a_question_that_found_no_end_is_told_as_a_guess(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    thief, victim = unconfirmed(tmp_path)
    guess_and_drop(thief, victim, "고구마", "감자", NOW)
    tell(victim.vault, NOW + question.UNFINISHED_S)
    told = capsys.readouterr().out
    assert "one guess at your answer" in told
    assert told.rstrip().endswith("Tries left: 2")


def test_who_asks_is_told_until_they_are_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mother, daughter = unconfirmed(tmp_path)
    question.ask(mother.vault, mother.person("딸"), "밭에서?", "감자", NOW, mother.content)
    carry(mother, daughter)
    tell_questions(daughter.vault)
    assert capsys.readouterr().out.startswith("어머니 asks you a question")
    assert asks(daughter.vault, daughter.person("어머니"))
    question.answer(daughter.vault, daughter.person("어머니"), "감자", NOW, daughter.content)
    tell_questions(daughter.vault)
    assert capsys.readouterr().out == ""
