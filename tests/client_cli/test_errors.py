"""Errors: one sentence each, and one number for each thing that a script can act on."""

import inspect
import re
from pathlib import Path

from client_cli import errors
from client_cli.errors import ExitCode, SosikError

GUIDE = Path(__file__).parents[2] / "docs" / "family.md"
KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, SosikError)]


def test_the_guide_has_every_exit_code_once_and_no_other() -> None:
    section = GUIDE.read_text("utf-8").split("### Exit codes\n")[1].split("\n#")[0]
    assert [int(number) for number in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == sorted(ExitCode)


def test_every_error_ends_with_a_code_that_says_something_is_wrong() -> None:
    assert KINDS
    assert all(kind.exit_code is not ExitCode.DONE for kind in KINDS)


def test_every_error_has_a_sentence_with_its_values_put_in_later() -> None:
    error = SosikError("{name} is {number}", name="어머니", number=3)
    assert (str(error), error.msgid) == ("어머니 is 3", "{name} is {number}")


def test_every_error_can_be_named_by_others() -> None:
    assert {kind.__name__ for kind in KINDS} <= set(errors.__all__)
