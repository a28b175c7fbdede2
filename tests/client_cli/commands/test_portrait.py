"""`sosik portrait`: a face that belongs to a person."""

import json
from pathlib import Path

import pytest

from client_cli.content.pictures import make_picture
from client_cli.outbox.letters import write_letter, write_picture
from tests.kits.commandline import at_home
from tests.kits.homes import NOW, Home, carry
from tests.kits.typist import in_a_terminal


def test_a_portrait_belongs_to_a_person_and_stands_beside_their_letters(
    capsys: pytest.CaptureFixture[str], two: tuple[Home, Home], drawing: Path
) -> None:
    daughter = at_home(capsys, two[1])
    write_picture(two[0].vault, two[0].person("딸"), make_picture(drawing).body, NOW)
    carry(*two)
    (new,) = json.loads(daughter.good("letters", "--json"))["new"]
    assert "아직 없습니다" in daughter.good("portrait", "어머니")
    daughter.good("portrait", "어머니", "--from-letter", str(new["number"]))
    assert json.loads(daughter.good("people", "--json"))["people"][0]["portrait"] is True
    daughter.good("forget", str(new["number"]), "--yes")  # the portrait stays
    write_letter(two[0].vault, two[0].person("딸"), "소식", NOW)
    carry(*two)
    assert "▄" in in_a_terminal(two[1], "people")
    read = in_a_terminal(two[1], "read")
    assert read.index("▄" * 2) < read.index("소식")
    daughter.good("portrait", "어머니", "--remove")
    assert json.loads(daughter.good("people", "--json"))["people"][0]["portrait"] is False
    daughter.good("portrait", "어머니", drawing)
    assert "▄" in in_a_terminal(two[1], "portrait", "어머니")
    assert daughter("portrait", "어머니", drawing, "--remove").code == 2
