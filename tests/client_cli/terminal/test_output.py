"""All printing: values pass the sanitiser, and a letter cannot imitate the program."""

import pytest

from client_cli.terminal import output
from client_cli.terminal.layout import columns
from tests.client_cli.terminal.test_sanitiser import acts_on_a_terminal


def test_a_letter_cannot_imitate_a_line_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    output.letter("hello\nLetter 2 from 어머니 (met in person)\n\rstart")
    assert all(line.startswith("  ") for line in capsys.readouterr().out.splitlines())


def test_values_in_sentences_and_tables_are_sanitised(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b[31mred\x1b[0m [bold]x[/bold]\u202e"
    output.say("name: {name}", name=hostile)
    output.table(["name"], [[hostile]])
    printed = capsys.readouterr()
    assert not acts_on_a_terminal(printed.out.replace("\n", ""))
    assert "[bold]x[/bold]" in printed.out


def test_braces_in_a_value_are_not_read(capsys: pytest.CaptureFixture[str]) -> None:
    output.say("name: {name}", name="{0.__class__}")
    assert capsys.readouterr().out == "name: {0.__class__}\n"


def test_json_for_scripts_is_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    output.data({"name": "어머니\x1b\x9b\u202e"})
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert "\x1b" not in printed


def test_no_colours_without_a_terminal() -> None:
    assert not output.colours()


def test_tables_line_up_by_display_width(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(["이름", "state"], [["어머니", "a"], ["Mother", "b"], ["雪", "c"]])
    rows = capsys.readouterr().out.splitlines()
    assert [columns(row[: row.index(mark)]) for row, mark in zip(rows[2:], "abc", strict=True)] == [8, 8, 8]
