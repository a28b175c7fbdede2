"""`sosik ask` and `sosik answer`, as a script uses them: the lines come from standard input."""

import io
import sys
import time
from pathlib import Path

import pytest

from tests.client_cli.meeting.test_question import carry
from tests.kits.commandline import CommandLine
from tests.kits.homes import WORDS, Home, pair


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Home, Home]:
    return pair(tmp_path)


def typing(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(line + "\n" for line in lines)))


def test_a_question_and_its_answer_each_count_the_tries_that_are_left(
    sides: tuple[Home, Home], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mother, daughter = sides
    typing(monkeypatch, "밭에서 무엇을 구웠지?", "감자")
    asked = CommandLine(capsys, mother.vault.home, WORDS).good("ask", "딸")
    assert asked.splitlines()[-1].endswith("2")
    carry(mother, daughter, time.time())
    typing(monkeypatch, " 감 자 ")
    answered = CommandLine(capsys, daughter.vault.home, WORDS).good("answer", "어머니")
    assert "밭에서 무엇을 구웠지?" in answered
    assert answered.splitlines()[-1].endswith("2")


def test_a_second_question_says_first_that_one_waits(
    sides: tuple[Home, Home], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sosik = CommandLine(capsys, sides[0].vault.home, WORDS)
    for question in ("처음?", "다음?"):
        typing(monkeypatch, question, "감자")
        told = sosik.good("ask", "딸")
    assert "처음?" in told
    assert "다음?" not in told


def test_nobody_answers_what_nobody_asked(sides: tuple[Home, Home], capsys: pytest.CaptureFixture[str]) -> None:
    ran = CommandLine(capsys, sides[1].vault.home, WORDS)("answer", "어머니")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err
