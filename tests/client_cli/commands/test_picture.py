"""`sosik picture`, and how pictures are read: what it takes is told first, and what cannot be opened stays."""

import json
from pathlib import Path

import pytest
from PIL import Image

from client_cli.content.pictures import make_picture
from client_cli.outbox.letters import write_letter, write_picture
from tests.kits.commandline import at_home
from tests.kits.homes import NOW, Home, carry
from tests.kits.typist import in_a_terminal


def test_a_picture_says_what_it_takes_and_waits_for_its_slots(
    capsys: pytest.CaptureFixture[str], two: tuple[Home, Home], drawing: Path
) -> None:
    mother = at_home(capsys, two[0])
    said = mother.good("picture", "딸", drawing, "--yes")
    assert "512" in said
    assert "조각" in said
    (letter,) = json.loads(mother.good("letters", "--json"))["letters"]
    assert letter["status"] == "waiting"
    assert 1 <= letter["parts"] <= 5
    refused = mother("picture", "딸", drawing)  # nobody is there to be asked
    assert refused.code == 1
    assert len(json.loads(mother.good("letters", "--json"))["letters"]) == 1


def test_a_picture_arrives_shows_progress_and_can_be_saved(
    capsys: pytest.CaptureFixture[str], two: tuple[Home, Home], drawing: Path, tmp_path: Path
) -> None:
    daughter = at_home(capsys, two[1])
    parts = write_picture(two[0].vault, two[0].person("딸"), make_picture(drawing).body, NOW).parts
    assert parts >= 2
    carry(*two, limit=1)
    assert f"{parts}조각 가운데 1조각" in daughter.good("read")
    assert json.loads(daughter.good("letters", "--json"))["coming"] == [{"person": "어머니", "here": 1, "parts": parts}]
    assert json.loads(daughter.good("status", "--json"))["coming"] == 1
    carry(*two)
    (new,) = json.loads(daughter.good("letters", "--json"))["new"]
    assert new["kind"] == "picture"
    # Where it cannot be drawn it is described, and stays: nothing vanishes unseen.
    assert "그림 한 장" in daughter.good("read")
    number = str(new["number"])
    daughter.good("read", "--number", number, "--save", tmp_path / "saved.png")
    with Image.open(tmp_path / "saved.png") as image:
        assert max(image.size) == 512
    assert (tmp_path / "saved.png").stat().st_mode & 0o777 == 0o600
    assert json.loads(daughter.good("letters", "--json"))["new"] == []


def test_a_picture_is_drawn_sixty_columns_wide_and_vanishes(two: tuple[Home, Home], drawing: Path) -> None:
    write_picture(two[0].vault, two[0].person("딸"), make_picture(drawing).body, NOW)
    carry(*two)
    plain = in_a_terminal(two[1], "read", NO_COLOR="1")
    assert "\x1b[48" not in plain
    drawn = in_a_terminal(two[1], "read")
    rows = [row for row in drawn.splitlines() if "▄" in row]
    assert rows
    assert all(row.count("▄") == 60 for row in rows)
    assert "▄" not in in_a_terminal(two[1], "read")


def test_a_picture_that_cannot_be_opened_is_one_sentence_and_the_letter_stays(
    capsys: pytest.CaptureFixture[str], two: tuple[Home, Home], tmp_path: Path
) -> None:
    write_picture(two[0].vault, two[0].person("딸"), b"RIFF no picture at all", NOW)
    carry(*two)
    daughter = at_home(capsys, two[1])
    for _ in range(2):
        ran = daughter("read", "--save", tmp_path / "x.png")
        assert ran.code == 0
        assert ran.err.count("보여 드릴 수 없습니다") == 1
    assert not (tmp_path / "x.png").exists()
    (new,) = json.loads(daughter.good("letters", "--json"))["new"]
    daughter.good("forget", str(new["number"]), "--yes")
    assert json.loads(daughter.good("letters", "--json"))["new"] == []


def test_a_person_who_is_asked_keeps_some_of_the_letters(
    capsys: pytest.CaptureFixture[str], two: tuple[Home, Home]
) -> None:
    for text in ("첫째", "둘째", "셋째"):
        write_letter(two[0].vault, two[0].person("딸"), text, NOW)
    carry(*two)
    daughter = at_home(capsys, two[1])
    numbers = [letter["number"] for letter in json.loads(daughter.good("letters", "--json"))["new"]]
    drawn = in_a_terminal(two[1], "read", typed=f"3\n{numbers[2]}, {numbers[0]}\n")
    assert "둘째" in drawn
    kept = json.loads(daughter.good("read", "--kept", "--json"))["letters"]
    assert [letter["text"] for letter in kept] == ["첫째", "셋째"]
    assert json.loads(daughter.good("read", "--json"))["letters"] == []
