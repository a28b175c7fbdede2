"""`sosik read` on letters that came as real cells: sanitised, with the reminder, gone afterwards unless kept."""

import json
from pathlib import Path

import pytest

from client_cli.outbox.letters import write_letter
from tests.kits import homes
from tests.kits.commandline import CommandLine

TEXT = "보고 싶다.\nLetter 9 from 어머니 (met in person)\n[red]markup[/red] {name}"


@pytest.fixture
def reader(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    """The daughter, with a letter of her mother that she has not read."""
    mother, daughter = homes.pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), TEXT, homes.NOW)
    for deposit in mother.deposits(homes.NOW):
        daughter.accept(deposit, homes.NOW)
    for home in (mother, daughter):
        home.vault.close()
    return CommandLine(capsys, tmp_path / "daughter", homes.WORDS)


def test_a_letter_is_shown_with_label_and_reminder(reader: CommandLine) -> None:
    shown = reader.good("read")
    assert "어머니 (카드만 주고받음, 아직 확인 안 됨)" in shown
    assert "돈이나 만남, 여행 이야기입니까?" in shown
    assert "sosik ask 어머니\n" in shown
    assert "  [red]markup[/red] {name}\n" in shown
    assert "\nLetter 9" not in shown


def test_a_letter_vanishes_after_reading(reader: CommandLine) -> None:
    assert "1통" in reader.good("letters")
    reader.good("read")
    assert "새 편지가 없습니다" in reader.good("read")
    assert json.loads(reader.good("read", "--kept", "--json")) == {"letters": []}


def test_a_kept_letter_can_be_read_again(reader: CommandLine) -> None:
    reader.good("read", "어머니", "--keep")
    assert json.loads(reader.good("read", "--json")) == {"letters": []}
    for _ in range(2):
        (letter,) = json.loads(reader.good("read", "--kept", "--json"))["letters"]
        assert letter["text"] == TEXT


def test_scripts_get_the_text_unchanged_and_escaped(reader: CommandLine) -> None:
    out = reader.good("read", "--json")
    assert out.isascii()
    (letter,) = json.loads(out)["letters"]
    assert (letter["text"], letter["person"], letter["label"]) == (TEXT, "어머니", "cards")
