"""The letter box and helpers: a card leaves in a letter, whoever waits is accepted or refused with a key."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli import i18n
from client_cli.cards.qr import read_image, write_png
from client_cli.desk import by_letter
from client_cli.desk.helper import pass_on
from client_cli.letterbox.pages.people import people_page
from client_cli.letterbox.pages.requests import tell_requests
from client_cli.letterbox.pages.visit import Visit
from client_cli.meeting.own_cards import make_introduce_card
from client_cli.meeting.requests import requests
from client_cli.people.contacts import State
from client_cli.status.facts import status
from tests.kits.homes import NOW, Home
from tests.kits.letterboxes import FixedClock, shown, visit_of
from tests.kits.villages import SOURCE, Village, settled


@pytest.fixture
def village(memory_path: Path) -> Iterator[Village]:
    with settled(memory_path) as made:
        yield made


def at_home(home: Home) -> Visit:
    visit = visit_of(home.vault.home, home.vault)
    visit.clock = FixedClock(NOW)
    visit.restart(people_page)
    i18n.use("en")
    return visit


def whole(visit: Visit) -> str:
    """The page with its title and its choices."""
    view = visit.view()
    return "\n".join([view.title, shown(visit), *(choice.label for choice in view.choices)])


def test_whoever_waits_is_told_of_and_accepted_with_one_key(village: Village) -> None:
    village.introduce()
    visit = at_home(village.a)
    assert "1 person waits to be accepted: 6" in whole(visit)
    assert status(village.a.vault, NOW).people.requests == 1
    visit.press("6")
    assert f"{SOURCE} has a card of 동생 for you. Not confirmed." in whole(visit)
    assert "A helper cannot know who is behind a card." in whole(visit)
    visit.press("1")
    assert visit.notice == "동생 is one of your people now, and not confirmed."
    assert village.a.person("동생").state is State.READY
    assert requests(village.a.vault, NOW) == []


def test_later_changes_nothing_and_refusing_tells_nobody(village: Village) -> None:
    village.introduce()
    visit = at_home(village.a)
    tell_requests(visit)
    visit.press("0")
    assert len(requests(village.a.vault, NOW)) == 1
    visit.press("6")
    visit.press("2")
    assert visit.notice.startswith("Refused. Nobody is told")
    assert requests(village.a.vault, NOW) == []
    assert village.a.deposits(NOW) == []


def test_one_way_the_person_is_given_a_name_and_the_answer_leaves_by_letter(village: Village) -> None:
    village.one_way(called="언니")
    visit = at_home(village.b)
    tell_requests(visit)
    assert f"{SOURCE} introduces somebody to you, as 언니. Not confirmed." in whole(visit)
    visit.press("1")
    assert visit.draft == "언니", "what the helper calls them may be changed"
    visit.enter("큰언니")
    assert village.b.person("큰언니").state is State.READY
    village.carry(village.b, village.helper)
    village.deliver()
    assert [one.answered for one in requests(village.a.vault, NOW)] == [True]


def test_a_name_that_is_taken_can_be_mended(village: Village) -> None:
    village.one_way(called="도우미")
    visit = at_home(village.b)
    tell_requests(visit)
    visit.press("1")
    visit.enter("도우미")
    assert "already" in visit.notice
    visit.enter("언니")
    assert village.b.person("언니").state is State.READY


def test_a_card_leaves_for_the_helper_in_a_letter(village: Village) -> None:
    visit = at_home(village.a)
    visit.press("6")
    visit.enter("동생")
    visit.press("4")
    assert "Meet 동생" in whole(visit)
    visit.press("1")
    assert "Who is your helper? They see that the card is for 동생." in whole(visit)
    visit.press("1")
    assert visit.notice == "Your card for 동생 leaves for 도우미 like a letter."
    village.carry(village.a, village.helper)
    assert [card.name for card in by_letter.to_pass_on(village.helper.vault, NOW)] == ["동생"]


def test_a_card_is_saved_and_what_came_back_is_read_from_pictures(village: Village, tmp_path: Path) -> None:
    visit = at_home(village.a)
    visit.press("6")
    visit.enter("동생")
    visit.press("4")
    visit.press("2")
    visit.enter(str(tmp_path / "mine.png"))
    theirs = make_introduce_card(village.b.vault, "언니", NOW, village.b.crypto)
    write_png(pass_on(village.desk, theirs, read_image(tmp_path / "mine.png"), NOW), tmp_path / "back.png")
    visit.press("3")
    visit.enter(str(tmp_path / "back.png"))
    assert village.a.person("동생").state is State.READY
    other = make_introduce_card(village.helper.vault, "조카", NOW, village.helper.crypto)
    write_png(pass_on(village.desk, other, None, NOW), tmp_path / "one.png")
    visit.press("0")
    visit.press("0")
    visit.press("6")
    visit.enter("이모")
    visit.press("4")
    visit.press("3")
    visit.enter(str(tmp_path / "one.png"))
    assert "Save it now" in whole(visit)
    visit.enter(str(tmp_path / "answer.png"))
    assert read_image(tmp_path / "answer.png").startswith("SOSIK1:")
