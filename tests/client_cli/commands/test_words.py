"""`sosik words`: other opening words for the same letters; weak ones are refused and change nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from client_cli.errors import WrongWords
from client_cli.vault.key_file import read_cost
from tests.kits.commandline import WORDS, CommandLine, Ran
from tests.kits.typist import Typist

NEW = "강가 저녁 다리 등불"


@pytest.fixture
def mother(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    person = CommandLine(capsys, tmp_path / "mother")
    person.good("setup", "--language", "en", "--profile", "standard")
    return person


@contextmanager
def descriptor(words: str) -> Iterator[str]:
    reading, writing = os.pipe()
    os.write(writing, (words + "\n").encode())
    os.close(writing)
    try:
        yield str(reading)
    finally:
        os.close(reading)


def change(person: CommandLine, words: str) -> Ran:
    with descriptor(words) as given:
        return person("words", "--new-words-fd", given)


def test_new_words_open_the_same_letters_at_no_lower_cost(mother: CommandLine) -> None:
    before = read_cost(mother.home)
    assert change(mother, NEW).code == 0
    after = read_cost(mother.home)
    assert after.ops >= before.ops
    assert after.memory_kib == before.memory_kib
    assert mother("people").code == WrongWords.exit_code
    mother.words = NEW.replace(" ", "")
    mother.good("people")


@pytest.mark.parametrize("weak", ["감자", "password password password", "爱爱爱爱爱爱爱爱", "하나 둘 셋 넷 다섯"])
def test_weak_words_are_refused_and_change_nothing(mother: CommandLine, weak: str) -> None:
    before = (mother.home / "keys").read_bytes()
    assert change(mother, weak).code == 1
    assert (mother.home / "keys").read_bytes() == before


def test_without_the_words_of_now_nothing_is_changed(mother: CommandLine) -> None:
    before = (mother.home / "keys").read_bytes()
    mother.words = NEW
    assert change(mother, NEW).code == WrongWords.exit_code
    assert (mother.home / "keys").read_bytes() == before


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_four_drawn_words_are_taken_once_they_were_typed(mother: CommandLine) -> None:
    typist = Typist("--home", os.fspath(mother.home), "words")
    typist.type("Opening words: ", WORDS + "\n")
    typist.wait_for("What shall")
    drawn = typist.shown.decode().partition("drawn for you:")[2].split()[:4]
    typist.type("> ", "1\n")
    typist.type("Opening words: ", "".join(drawn) + "\n")
    assert typist.end() == 0
    mother.words = " ".join(drawn)
    mother.good("people")
