"""`sosik-relay`: the commands in the order of their use, and what is said to who mistypes one."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from relay.cli import main
from relay.errors import RelayError


@pytest.mark.parametrize(("typed", "meant"), [(["inspct"], "'inspect'"), (["roster", "sing"], "'sign'")])
def test_who_mistypes_a_command_is_told_the_nearest(typed: list[str], meant: str) -> None:
    ran = CliRunner().invoke(main, typed)
    assert ran.exit_code == 2
    assert "mean" in ran.output
    assert meant in ran.output


def test_commands_are_listed_in_the_order_of_their_use() -> None:
    listed = CliRunner().invoke(main, ["--help"]).output.split("Commands:")[1].splitlines()
    assert [line.split()[0] for line in listed if line.strip()] == [
        "init",
        "run",
        "inspect",
        "doctor",
        "move",
        "roster",
    ]


def test_what_goes_wrong_is_one_sentence_and_the_code_of_its_kind(tmp_path: Path) -> None:
    ran = CliRunner().invoke(main, ["inspect", str(tmp_path / "nothing")])
    assert ran.exit_code in {kind.exit_code for kind in RelayError.__subclasses__()} | {RelayError.exit_code}
    assert ran.output.startswith("sosik-relay: ")
    assert len(ran.output.splitlines()) == 1
