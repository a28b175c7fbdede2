"""Writing in the letter box: a line goes with Enter, a letter is asked about, a picture says what it takes."""

from pathlib import Path

import pytest
from PIL import Image

from client_cli.letterbox.pages.visit import AskKind, Visit
from client_cli.outbox.letters import letters
from client_cli.people.portraits import portraits
from tests.kits.homes import NOW
from tests.kits.letterboxes import shown


def waiting(visit: Visit) -> int:
    return len(letters(visit.opened, NOW))


def asked(visit: Visit, kind: AskKind) -> bool:
    ask = visit.view().ask
    return ask is not None and ask.kind is kind


def test_a_letter_of_several_lines_is_sent_only_when_it_was_said_so(visit: Visit) -> None:
    visit.press("4")
    assert asked(visit, AskKind.LETTER)
    visit.enter("감자를 캤다.\n보고 싶다.")
    assert "감자를 캤다." in shown(visit)
    assert waiting(visit) == 0
    visit.press("2")  # go on writing
    assert visit.draft == "감자를 캤다.\n보고 싶다."
    visit.enter(visit.draft)
    visit.press("3")  # throw it away
    assert waiting(visit) == 0
    visit.press("4")
    visit.enter("감자를 캤다.")
    visit.press("1")
    assert waiting(visit) == 1


def test_nothing_typed_is_nothing_written(visit: Visit) -> None:
    visit.press("4")
    visit.enter(" \n")
    assert waiting(visit) == 0


@pytest.mark.parametrize(("key", "sent", "faces"), [("1", 1, 0), ("2", 0, 1), ("0", 0, 0)])
def test_a_picture_says_what_it_takes_before_it_is_sent_or_kept_as_a_portrait(
    visit: Visit, key: str, sent: int, faces: int, tmp_path: Path
) -> None:
    Image.effect_noise((80, 80), 60).convert("RGB").save(tmp_path / "face.png")
    visit.press("5")
    visit.enter(f" '{tmp_path / 'face.png'}' ")
    assert "▀" in shown(visit)
    assert waiting(visit) == 0
    visit.press(key)
    assert (waiting(visit), len(portraits(visit.opened))) == (sent, faces)
