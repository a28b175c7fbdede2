"""The operator's commands: one sentence and a documented code for whatever is wrong."""

from collections.abc import Sequence

import click
import pytest

from relay.cli import main
from tests.kits.operators import well


def _commands(group: click.Group, prefix: Sequence[str] = ()) -> list[list[str]]:
    found = []
    for name, command in group.commands.items():
        path = [*prefix, name]
        found.append(path)
        if isinstance(command, click.Group):
            found += _commands(command, path)
    return found


@pytest.mark.parametrize("path", [[], *_commands(main)], ids=" ".join)
def test_every_command_explains_itself_with_an_example(path: list[str]) -> None:
    output = well(*path, "--help")
    assert "Example:" in output
    assert "sosik-relay " + " ".join(path[:1]) in output
