"""`sosik card`: a card for one person, by picture or as text, and requests that are accepted or refused by name."""

from pathlib import Path

from client_cli.cards.qr import read_image
from client_cli.cards.typed import from_typed
from protocol.people.key_card import CardKind, MeetCard, parse_card_text
from tests.kits.commandline import CommandLine


def test_a_card_is_for_one_person_and_the_same_until_it_is_used(mother: CommandLine, tmp_path: Path) -> None:
    assert str(tmp_path / "card.png") in mother.good("card", "동생", "--out", tmp_path / "card.png")
    text = read_image(tmp_path / "card.png")
    card = parse_card_text(text)
    assert isinstance(card, MeetCard)
    assert card.kind is CardKind.INTRODUCE
    lines = [line for line in mother.good("card", "동생", "--words").splitlines() if line[:2].isdigit()]
    assert from_typed("\n".join(lines)) == text
    mother.good("card", "언니", "--out", tmp_path / "other.png")
    assert read_image(tmp_path / "other.png") != text


def test_what_cannot_be_meant_is_refused_before_anything_is_made(mother: CommandLine, tmp_path: Path) -> None:
    assert mother("card", "동생").code == 2, "it has to go somewhere"
    assert mother("card", "동생", "--accept", "--refuse").code == 2
    assert mother("card", "동생", "--accept").code == 1, "nobody waits"
    assert mother("card", "동생", "--through", "온누리").code == 1, "no such helper"
    assert mother("card", "동생", "--scan", tmp_path / "nothing.png").code == 1
