"""`sosik read` for scripts and with numbers: who is there, what is kept, what is saved."""

import json
from pathlib import Path

import pytest

from client_cli.content.pictures import make_picture
from client_cli.errors import ExitCode
from client_cli.inbox.reading import kept, unread
from client_cli.outbox.letters import write_picture
from tests.kits.commandline import at_home
from tests.kits.homes import NOW, WORDS, Home, carry
from tests.kits.letterboxes import put_letter, starts_processes
from tests.kits.typist import Typist


def test_a_script_keeps_only_what_it_says_it_keeps(two: tuple[Home, Home], capsys: pytest.CaptureFixture[str]) -> None:
    daughter = two[1]
    sosik = at_home(capsys, daughter)
    for number, options in ((1, ["--keep"]), (2, [])):
        put_letter(daughter.vault, daughter.person("어머니").number, f"감자 {number}", number)
        (read,) = json.loads(sosik.good("read", "--json", *options))["letters"]
        assert read["text"] == f"감자 {number}"
    assert [one["text"] for one in json.loads(sosik.good("read", "--kept", "--json"))["letters"]] == ["감자 1"]


def test_a_late_letter_says_so_each_time_it_is_shown(
    two: tuple[Home, Home], capsys: pytest.CaptureFixture[str]
) -> None:
    daughter = two[1]
    put_letter(daughter.vault, daughter.person("어머니").number, "감자", late=True)
    sosik = at_home(capsys, daughter)
    assert "도착하지 않았다고" in sosik.good("read", "--keep")
    assert "도착하지 않았다고" in sosik.good("read", "--kept")
    put_letter(daughter.vault, daughter.person("어머니").number, "옥수수", 2)
    assert "도착하지 않았다고" not in sosik.good("read")


def test_letters_of_somebody_else_are_not_touched(two: tuple[Home, Home], capsys: pytest.CaptureFixture[str]) -> None:
    daughter = two[1]
    put_letter(daughter.vault, daughter.person("어머니").number, "감자")
    sosik = at_home(capsys, daughter)
    assert sosik("read", "아버지").code == 1
    assert sosik("read", "--number", "7").code == 1
    assert len(unread(daughter.vault)) == 1


def test_a_picture_for_a_script_is_gone_only_when_it_was_saved(
    two: tuple[Home, Home], drawing: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mother, daughter = two
    write_picture(mother.vault, mother.person("딸"), make_picture(drawing).body, NOW)
    carry(mother, daughter)
    sosik = at_home(capsys, daughter)
    sosik.good("read", "--json")
    assert len(unread(daughter.vault)) == 1
    sosik.good("read", "--json", "--save", tmp_path / "saved.png")
    assert (tmp_path / "saved.png").stat().st_size > 0
    assert unread(daughter.vault) == []


@starts_processes
def test_a_number_that_is_none_of_the_letters_erases_nothing(two: tuple[Home, Home]) -> None:
    daughter = two[1]
    number = daughter.person("어머니").number
    for count in (1, 2, 3):
        put_letter(daughter.vault, number, f"감자 {count}", count)
    for typed, left in ((["3", "0"], 3), (["0"], 3), (["3", "", "7", "1 9", "2"], 0)):
        typist = Typist("--home", str(daughter.vault.home), "read")
        typist.type("Opening words: ", WORDS + "\n")
        for one in typed:
            typist.type("> " if one == typed[0] else "번호: ", one + "\n")
        assert typist.end() == (ExitCode.INTERRUPTED if left else ExitCode.DONE)
        assert len(unread(daughter.vault)) == left
    assert [letter.text for letter in kept(daughter.vault)] == ["감자 2"]
