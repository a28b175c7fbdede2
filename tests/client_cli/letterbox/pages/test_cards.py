"""Cards in the letter box: a file name as people type it, and a picture without a card is told and asked for again."""

from functools import partial
from pathlib import Path

import pytest

from client_cli.cards.qr import write_png
from client_cli.cards.typed import to_typed
from client_cli.letterbox.pages.cards import ask_card, ask_lines, path_of
from client_cli.letterbox.pages.visit import Visit
from protocol.people.key_card import CardKind, encode_card_text, make_card
from tests.kits.homes import entropy

TEXT = encode_card_text(make_card(CardKind.MEET, "언니", 30_000, entropy(3)).card)


@pytest.mark.parametrize("typed", ["card.png", " card.png ", "'card.png'", '"card.png"\n'])
def test_a_name_may_be_typed_or_dragged_into_the_window(typed: str) -> None:
    assert path_of(typed) == Path("card.png")


def test_a_home_may_be_written_as_people_do() -> None:
    assert path_of("~/card.png") == Path.home() / "card.png"


def test_whoever_asked_gets_the_card_of_the_picture_or_of_the_lines(visit: Visit, tmp_path: Path) -> None:
    taken: list[str] = []

    def take(visit: Visit, card: str) -> None:
        taken.append(card)

    write_png(TEXT, tmp_path / "card.png")
    ask_card(take, visit)
    visit.enter(str(tmp_path / "nothing.png"))
    assert taken == []
    assert visit.notice
    assert visit.view().ask is not None
    visit.enter(str(tmp_path / "card.png"))
    ask_lines(partial(take), visit)
    visit.enter("\n".join(reversed(to_typed(TEXT))))
    assert taken == [TEXT, TEXT]
