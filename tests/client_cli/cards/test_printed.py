"""Sheets to print: everything is on the page, and nothing else is in the file."""

from pathlib import Path

import zxingcpp
from PIL import Image

from client_cli.cards import printed
from client_cli.desk import invitations
from protocol.people.key_card import InviteCard, encode_card, encode_card_text
from protocol.seams import SeededEntropy
from tests.kits.commandline import make_community

NOW = 1_790_000_000.0


def make(folder: Path, seed: int = 0) -> InviteCard:
    return invitations.make_invitation(invitations.load_community(folder), NOW, SeededEntropy(bytes([seed]) * 32))


def test_sheet_is_decoded_and_everything_is_on_the_page(tmp_path: Path) -> None:
    card = make(make_community(tmp_path / "c", NOW))
    text = encode_card_text(card)
    from protocol.people.typed_card import to_lines

    lines = to_lines(encode_card(card))
    page = printed.draw(printed.Sheet("기다리는 집", ["한 사람을 위한 초대장입니다. " * 4] * 3, text, lines))
    (found,) = zxingcpp.read_barcodes(page.convert("L"))
    assert found.text == text
    foot = page.crop((0, page.height - printed.MARGIN // 2, page.width, page.height))
    assert foot.convert("L").getextrema() == (255, 255)
    edge = page.crop((page.width - printed.MARGIN // 2, 0, page.width, page.height))
    assert edge.convert("L").getextrema() == (255, 255)


def test_sheet_files_hold_no_metadata_and_are_their_owners_alone(tmp_path: Path) -> None:
    page = Image.new("1", printed.PAGE, 1)
    for name in ("s.pdf", "s.png"):
        printed.write([page], tmp_path / name)
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert b"CreationDate" not in (tmp_path / "s.pdf").read_bytes()
    assert str(tmp_path).encode() not in (tmp_path / "s.pdf").read_bytes()


def test_font_has_what_is_said_to_be_printable() -> None:
    from PIL import ImageFont

    assert printed.printable("한 사람을 위한 초대장입니다. 똠방각하 2026-11-22, --text")
    assert not printed.printable("邀请")
    font = ImageFont.truetype(str(printed.FONT), 30)
    missing = bytes(font.getmask("\U0010fffd"))
    for character in [*map(chr, range(0x21, 0x7F)), *map(chr, range(0xAC00, 0xD7A4, 97)), *"–—‘’“”…·•"]:
        assert printed.printable(character)
        assert bytes(font.getmask(character)) != missing
