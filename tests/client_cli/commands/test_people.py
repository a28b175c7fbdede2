"""`sosik people`: who, and how it is known that it is them."""

import json

import pytest

from client_cli.people.contacts import Label
from client_cli.wording.people import LABELS
from tests.kits.commandline import CommandLine, at_home
from tests.kits.homes import Home


def test_nobody_yet_says_what_to_do(daughter: CommandLine) -> None:
    assert "sosik meet NAME" in daughter.good("people")
    assert json.loads(daughter.good("people", "--json")) == {"people": [], "requests": []}


def test_a_person_stands_there_with_a_label_that_is_true(
    two: tuple[Home, Home], capsys: pytest.CaptureFixture[str]
) -> None:
    sosik = at_home(capsys, two[1])
    (person,) = json.loads(sosik.good("people", "--json"))["people"]
    label = two[1].person("어머니").label
    assert (person["name"], person["label"], person["asks"]) == ("어머니", label.name.lower(), False)
    row = sosik.good("people").splitlines()[2]
    assert row.startswith("어머니")
    assert LABELS[Label.ANSWERED] not in row
