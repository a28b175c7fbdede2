"""`sosik close`: asked once; then the contact is over and what was kept stays."""

import json

import pytest

from client_cli.inbox.reading import keep_letter
from tests.kits.commandline import at_home
from tests.kits.homes import Home
from tests.kits.letterboxes import put_letter


def test_a_contact_is_closed_and_kept_letters_stay(two: tuple[Home, Home], capsys: pytest.CaptureFixture[str]) -> None:
    daughter = two[1]
    put_letter(daughter.vault, daughter.person("어머니").number, "감자")
    keep_letter(daughter.vault, 1)
    sosik = at_home(capsys, daughter)
    assert "어머니" in sosik.good("close", "어머니", "--yes")
    (person,) = json.loads(sosik.good("people", "--json"))["people"]
    assert person["state"] == "closed"
    assert "감자" in sosik.good("read", "--number", "1", "--json").encode().decode("unicode_escape")
    assert sosik("write", "어머니", "-").code == 1


def test_where_nobody_can_be_asked_nothing_is_closed(
    two: tuple[Home, Home], capsys: pytest.CaptureFixture[str]
) -> None:
    sosik = at_home(capsys, two[1])
    assert sosik("close", "어머니").code == 1
    (person,) = json.loads(sosik.good("people", "--json"))["people"]
    assert person["state"] == "ready"
