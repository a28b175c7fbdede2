"""`sosik compare`: the same words on both sides in any language, a label only after "the same", an end after "not"."""

import json
import os
from pathlib import Path

import pytest

from tests.kits.commandline import WORDS, CommandLine, invite, meet
from tests.kits.typist import Typist


@pytest.fixture
def both(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> tuple[CommandLine, CommandLine]:
    """Mother (Korean) and daughter (English), who have exchanged cards and are in one community."""
    mother, daughter = (
        CommandLine(capsys, tmp_path / "mother"),
        CommandLine(capsys, tmp_path / "daughter", "강가 저녁 다리 등불"),
    )
    for person, language in ((mother, "ko"), (daughter, "en")):
        person.good("setup", "--language", language, "--profile", "standard")
        person.good("join", invite(person, tmp_path), "--yes")
    meet(mother, daughter, tmp_path)
    return mother, daughter


def words(printed: str) -> list[str]:
    return [line.split()[1] for line in printed.splitlines() if line.strip()[:1].isdigit()]


def label(person: CommandLine) -> tuple[str, str]:
    (known,) = json.loads(person.good("people", "--json"))["people"]
    return known["label"], known["state"]


def test_siblings_with_different_languages_read_one_list(both: tuple[CommandLine, CommandLine]) -> None:
    mother, daughter = both
    own = words(mother.good("compare", "딸"))
    assert len(own) == 6
    assert own != words(daughter.good("compare", "Mother"))
    assert own == words(daughter.good("compare", "Mother", "--language", "ko"))
    assert len(words(mother.good("compare", "딸", "--language", "zh"))) == 8
    assert label(mother) == ("cards", "ready")


def test_people_offers_the_comparison_until_the_words_were_the_same(both: tuple[CommandLine, CommandLine]) -> None:
    mother, daughter = both
    assert "sosik compare 딸" in mother.good("people")
    assert "직접 만나 확인함" in mother.good("compare", "딸", "--said", "same")
    assert label(mother) == ("met", "ready")
    assert "sosik compare" not in mother.good("people")
    assert label(daughter) == ("cards", "ready")
    assert mother("compare", "딸").code == 1


def test_words_that_differ_close_the_contact_and_say_what_to_do(both: tuple[CommandLine, CommandLine]) -> None:
    _, daughter = both
    printed = daughter.good("compare", "Mother", "--said", "different")
    assert "Stop." in printed
    assert "sosik meet Mother" in printed
    assert label(daughter) == ("cards", "closed")
    assert daughter("write", "Mother").code == 1


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_on_a_terminal_the_words_come_in_another_language_and_an_end_is_asked_twice(
    both: tuple[CommandLine, CommandLine],
) -> None:
    mother, _ = both
    in_english = words(mother.good("compare", "딸", "--language", "en"))
    typist = Typist("--home", os.fspath(mother.home), "compare", "딸")
    typist.type("Opening words: ", WORDS + "\n")
    typist.type("4  나중에", "3\n")
    typist.type("3  English", "3\n")
    typist.wait_for("4  나중에")
    assert all(word in typist.shown.decode() for word in in_english)
    typist.type("4  나중에", "2\n")
    typist.type("2  한 번 더 읽기", "2\n")
    typist.type("4  나중에", "1\n")
    assert typist.end() == 0
    assert label(mother) == ("met", "ready")
