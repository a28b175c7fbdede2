"""`sosik desk cards` and `introduce` on a helper's own vault: cards that came by letter, mixed with pictures."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from client_cli.cards.qr import read_image, write_png
from client_cli.desk.helper import certify
from client_cli.meeting import handovers
from protocol.people.handover import Handover, encode_handover
from protocol.people.introduction import Introduction, parse_text
from protocol.people.key_card import CardKind, MeetCard, card_hash, encode_card_text, make_card
from tests.kits.commandline import CommandLine
from tests.kits.homes import NOW, WORDS, entropy
from tests.kits.villages import keeper, settled

FAR = 60_000  # a day that the real clock of a command has not reached


@dataclass
class Desk:
    """A helper at the command line, with a card of each relative in the vault, and one more in a picture."""

    person: CommandLine
    folder: Path
    picture: Path
    cards: tuple[MeetCard, MeetCard, MeetCard]

    def introduce(self, *arguments: str | Path) -> str:
        """Run `sosik desk introduce` with the helper's folder."""
        return self.person.good("desk", "introduce", *arguments, "--helper", self.folder)

    def waiting(self) -> list[tuple[int, str, str]]:
        """What `sosik desk cards` lists."""
        cards = json.loads(self.person.good("desk", "cards", "--json"))["cards"]
        return [(card["number"], card["person"], card["for"]) for card in cards]


@pytest.fixture
def desk(memory_path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Desk]:
    certify(keeper(tmp_path / "community"), tmp_path / "helper", "온누리", FAR - int(NOW // 86400), NOW, entropy(50))
    a, b, c = (make_card(CardKind.INTRODUCE, "", FAR, entropy(seed)).card for seed in (60, 61, 62))
    with settled(memory_path) as village:
        vault = village.helper.vault
        numbers = [village.helper.person(name).number for name in ("가", "나")]
        with vault.transaction() as tx:
            for number, called, card in zip(numbers, ("동생", "언니"), (a, b), strict=True):
                handovers.receive(tx, number, encode_handover(Handover(called, card)), NOW)
        vault.close()
        write_png(encode_card_text(c), tmp_path / "c.png")
        person = CommandLine(capsys, vault.home, WORDS)
        yield Desk(person, tmp_path / "helper", tmp_path / "c.png", (a, b, c))


def test_cards_are_listed_introduced_by_number_and_gone(desk: Desk) -> None:
    assert desk.waiting() == [(1, "가", "동생"), (2, "나", "언니")]
    assert "언니" in desk.person.good("desk", "cards")
    assert desk.introduce("1", "2").count("\n") == 1
    assert desk.waiting() == []


def test_one_card_by_letter_and_one_by_picture(desk: Desk, tmp_path: Path) -> None:
    ran = desk.person("desk", "introduce", "1", desk.picture, "--helper", desk.folder)
    assert (ran.code, desk.waiting()[0][0]) == (2, 1), "nowhere to put the picture: nothing is done"
    said = desk.introduce("1", desk.picture, "--out", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["for-b.png"]
    assert re.search(r"c\.png.*for-b\.png", said)
    found = parse_text(read_image(tmp_path / "out" / "for-b.png"))
    assert isinstance(found, Introduction)
    assert (found.card, found.to) == (desk.cards[0], card_hash(desk.cards[2]))
    assert desk.waiting() == [(2, "나", "언니")]


def test_one_way_by_letter_and_by_picture(desk: Desk, tmp_path: Path) -> None:
    desk.introduce("1", "--to", "나", "--as", "언니")
    assert [number for number, _, _ in desk.waiting()] == [2]
    desk.introduce("2", "--out", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["from-a.png"]
    assert desk.waiting() == []
    desk.introduce(desk.picture, "--to", "가")


def test_a_card_is_forgotten_and_unknown_numbers_are_refused(desk: Desk) -> None:
    desk.person.good("desk", "cards", "--forget", "1")
    assert [number for number, _, _ in desk.waiting()] == [2]
    for arguments in (("1", "2"), ("9", "--to", "가"), ("2", "--to", "나")):
        ran = desk.person("desk", "introduce", *arguments, "--helper", desk.folder)
        assert ran.code == 1, ran
    assert desk.person("desk", "introduce", "1", "2", "--to", "가", "--helper", desk.folder).code == 2
    assert [number for number, _, _ in desk.waiting()] == [2]
