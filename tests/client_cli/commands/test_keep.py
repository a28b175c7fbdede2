"""`sosik keep`: a letter that was not read yet stays after reading."""

import json

import pytest

from tests.kits.commandline import at_home
from tests.kits.homes import Home
from tests.kits.letterboxes import put_letter


def test_a_letter_marked_before_reading_is_there_afterwards(
    two: tuple[Home, Home], capsys: pytest.CaptureFixture[str]
) -> None:
    daughter = two[1]
    for number in (1, 2):
        put_letter(daughter.vault, daughter.person("어머니").number, f"감자 {number}", number)
    sosik = at_home(capsys, daughter)
    sosik.good("keep", "2")
    assert [one["stays"] for one in json.loads(sosik.good("letters", "--json"))["new"]] == [False, True]
    assert "감자 1" in sosik.good("read")
    (kept,) = json.loads(sosik.good("read", "--kept", "--json"))["letters"]
    assert kept["text"] == "감자 2"
    assert sosik("keep", "9").code == 1
