"""The table of commands, and what is said to who mistypes one."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from client_cli.cli import COMMANDS, sosik

MEANT = {"en": "Did you mean {!r}?", "ko": "혹시 {!r}인가요?", "zh": "您是说 {!r} 吗？"}


def said_to(language: str, *typed: str) -> str:
    """What a process of its own says on standard error; it must end with the code of a wrong command line."""
    environment = {**os.environ, "LANG": f"{language}.UTF-8", "LC_ALL": "", "LANGUAGE": ""}
    ran = subprocess.run(
        [sys.executable, "-m", "client_cli", *typed], env=environment, capture_output=True, check=False
    )
    assert ran.returncode == 2
    return ran.stderr.decode()


def test_every_name_of_the_table_is_the_name_of_its_command() -> None:
    context = click.Context(sosik)
    found = {name: sosik.get_command(context, name) for name in COMMANDS}
    assert {name: None if command is None else command.name for name, command in found.items()} == {
        name: name for name in COMMANDS
    }


def test_the_table_alone_is_listed_and_nothing_else_is_found() -> None:
    context = click.Context(sosik)
    assert sosik.list_commands(context) == list(COMMANDS)
    assert sosik.get_command(context, "lettres") is None


@pytest.mark.parametrize("language", MEANT)
@pytest.mark.parametrize(("typed", "meant"), [(["lettres"], "letters"), (["desk", "invit"], "invite")])
def test_who_mistypes_a_command_is_told_the_nearest(language: str, typed: list[str], meant: str) -> None:
    assert MEANT[language].format(meant) in said_to(language, *typed)


def test_where_nothing_is_near_nothing_is_guessed() -> None:
    assert "mean" not in said_to("en", "xyzzy")


def test_the_names_of_the_commands_are_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "family.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"sosik {name}" not in guide and f"`{name}" not in guide] == []
