"""`sosik desk invite`: pictures, sheets and lines to type, and nothing beside what was asked for."""

import re
import time
from pathlib import Path

import pytest

from client_cli.cards.qr import read_image
from protocol.people.key_card import InviteCard, parse_card, parse_card_text
from protocol.people.typed_card import parse_lines
from tests.kits.commandline import CommandLine, make_community


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    return CommandLine(capsys, tmp_path / "home")


def test_one_picture_is_decoded_to_an_invitation(cli: CommandLine, tmp_path: Path) -> None:
    folder = make_community(tmp_path / "c", time.time())
    out = tmp_path / "invitation.png"
    assert cli.bare("desk", "invite", "--community", folder, "--out", out).code == 0
    card = parse_card_text(read_image(out))
    assert isinstance(card, InviteCard)
    assert card.name == "기다리는 집"


def test_several_pictures_are_numbered_and_different(cli: CommandLine, tmp_path: Path) -> None:
    folder = make_community(tmp_path / "c", time.time())
    assert cli.bare("desk", "invite", "--community", folder, "--count", "3", "--out", tmp_path / "i.png").code == 0
    assert len({read_image(tmp_path / f"i-{number}.png") for number in (1, 2, 3)}) == 3


@pytest.mark.parametrize(
    ("named", "count", "written"),
    [("inv", 1, ["inv.png"]), ("inv", 2, ["inv-1.png", "inv-2.png"]), ("v1.2", 2, ["v1.2-1.png", "v1.2-2.png"])],
)
def test_a_picture_is_called_one_whatever_name_was_given(
    named: str, count: int, written: list[str], cli: CommandLine, tmp_path: Path
) -> None:
    folder = make_community(tmp_path / "c", time.time())
    ran = cli.bare("desk", "invite", "--community", folder, "--count", str(count), "--out", tmp_path / named)
    assert f"Pictures: {tmp_path / written[0]}" in ran.out
    assert sorted(path.name for path in tmp_path.iterdir() if path != folder) == written
    assert all(read_image(tmp_path / name) for name in written)


def test_nothing_is_kept_beside_what_was_asked_for(cli: CommandLine, tmp_path: Path) -> None:
    folder = make_community(tmp_path / "c", time.time())
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert cli.bare("desk", "invite", "--community", folder, "--sheet", tmp_path / "s.pdf", "--count", "2").code == 0
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"c", "s.pdf"}


def test_typed_lines_give_an_invitation(cli: CommandLine, tmp_path: Path) -> None:
    folder = make_community(tmp_path / "c", time.time())
    out = cli.bare("desk", "invite", "--community", folder, "--words").out
    card = parse_card(parse_lines(line for line in out.splitlines() if re.match(r"\d\d ", line)))
    assert isinstance(card, InviteCard)


def test_without_a_place_to_put_it_nothing_is_made(cli: CommandLine, tmp_path: Path) -> None:
    folder = make_community(tmp_path / "c", time.time())
    assert cli.bare("desk", "invite", "--community", folder).code == 2
