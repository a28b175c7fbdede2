"""`sosik meet`: cards as pictures and as lines to type."""

from pathlib import Path

from client_cli.cards.qr import read_image
from client_cli.cards.typed import from_typed
from tests.kits.commandline import CommandLine


def test_a_meeting_can_be_typed(mother: CommandLine, daughter: CommandLine, tmp_path: Path) -> None:
    for person, name, file in ((mother, "딸", "one.txt"), (daughter, "Mother", "two.txt")):
        (tmp_path / file).write_text(person.good("meet", name, "--words").split(":", 1)[1].rsplit("\n", 2)[0], "utf-8")
    mother.good("meet", "딸", "--text", tmp_path / "two.txt")
    assert "sosik compare Mother" in daughter.good("meet", "Mother", "--text", tmp_path / "one.txt")


def test_a_mistyped_line_is_named(mother: CommandLine, tmp_path: Path) -> None:
    mother.good("meet", "딸", "--show", tmp_path / "card.png")
    from client_cli.cards.typed import to_typed

    lines = to_typed(read_image(tmp_path / "card.png"))
    assert from_typed("\n".join(lines)) == read_image(tmp_path / "card.png")
    (tmp_path / "lines.txt").write_text("\n".join([*lines[:3], lines[3].replace(lines[3][-1], "?"), *lines[4:]]))
    ran = mother("meet", "아들", "--text", tmp_path / "lines.txt")
    assert ran.code == 1
    assert "Line 4 " in ran.err
