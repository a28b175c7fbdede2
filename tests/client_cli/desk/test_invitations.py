"""Invitations of a helper: right, offline, and nothing kept."""

import re
import time
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from client_cli.cards import printed
from client_cli.cards.qr import read_image
from client_cli.desk import invitations
from protocol.community.roster import parse_roster
from protocol.community.tickets import check_ticket
from protocol.people.key_card import InviteCard, encode_card, encode_card_text, parse_card, parse_card_text
from protocol.people.typed_card import parse_lines
from protocol.primitives.days import day_of
from protocol.seams import SeededEntropy
from tests.kits.commandline import CommandLine, make_community

NOW = 1_790_000_000.0


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> CommandLine:
    return CommandLine(capsys, tmp_path / "home")


def make(folder: Path, seed: int = 0) -> InviteCard:
    return invitations.make_invitation(invitations.load_community(folder), NOW, SeededEntropy(bytes([seed]) * 32))


def test_ticket_is_accepted_at_both_entry_relays(tmp_path: Path) -> None:
    card = make(make_community(tmp_path / "c", NOW))
    roster = parse_roster((tmp_path / "c" / "roster").read_bytes(), card.community_key)
    assert [entry.relay for entry in card.entries] == [0, 1]
    for entry in card.entries:
        check_ticket(card.ticket, roster, entry.relay, day_of(NOW))


@pytest.mark.parametrize(
    ("relays", "guards", "entries"), [(3, (2, 0), [2, 0]), (3, (1,), [1, 0]), (2, (0,), [0, 1]), (1, (0,), [0])]
)
def test_entries_are_the_guard_and_its_first_reserve(
    tmp_path: Path, relays: int, guards: tuple[int, ...], entries: list[int]
) -> None:
    card = make(make_community(tmp_path / "c", NOW, relays, guards))
    assert [entry.relay for entry in card.entries] == entries


def test_every_invitation_has_its_own_ticket(tmp_path: Path) -> None:
    folder = make_community(tmp_path / "c", NOW)
    assert len({make(folder, seed).ticket for seed in range(5)}) == 5


def test_an_invitation_ends_with_the_roster(tmp_path: Path) -> None:
    community = invitations.load_community(make_community(tmp_path / "c", NOW))
    card = invitations.make_invitation(community, NOW + 85 * 86400, SeededEntropy(bytes(32)))
    assert card.expiry_day == community.roster.expires_day
    with pytest.raises(invitations.RosterOld):
        invitations.make_invitation(community, NOW + 91 * 86400, SeededEntropy(bytes(32)))


@pytest.mark.parametrize("name", ["roster", "desk.key"])
@pytest.mark.parametrize("damage", [None, b"", b"x" * 32, b"x" * 500])
def test_a_folder_that_is_not_whole_is_refused(tmp_path: Path, name: str, damage: bytes | None) -> None:
    folder = make_community(tmp_path / "c", NOW)
    if damage is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(damage)
    with pytest.raises(invitations.CommunityProblem):
        invitations.load_community(folder)


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
