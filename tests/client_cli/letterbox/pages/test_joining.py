"""Joining and meeting in the letter box: the community is named and confirmed, cards are saved and scanned."""

from pathlib import Path

import pytest

from client_cli.cards.qr import read_image
from client_cli.letterbox.pages.joining import join_page, meet_page
from client_cli.letterbox.pages.visit import Visit
from client_cli.meeting.in_person import MeetingProgress, progress, show_card
from client_cli.vault.keys import Key
from tests.kits.communities import invitation
from tests.kits.homes import NOW, make_home
from tests.kits.letterboxes import empty_visit, shown


@pytest.fixture
def alone(memory_path: Path) -> Visit:
    return empty_visit(memory_path)


def joined(visit: Visit) -> bool:
    with visit.opened.transaction() as tx:
        return tx.get(Key.INVITE) is not None


@pytest.mark.parametrize(("key", "taken"), [("1", True), ("2", False), ("0", False)])
def test_a_community_is_named_and_joined_only_with_a_yes(alone: Visit, key: str, taken: bool) -> None:
    alone.restart(join_page)
    alone.press("2")
    alone.enter(invitation())
    assert "한 마을" in shown(alone)
    assert not joined(alone)
    alone.press(key)
    assert joined(alone) is taken


def test_two_meet_by_pictures_and_the_steps_are_told(alone: Visit, tmp_path: Path) -> None:
    other = make_home(tmp_path / "other", 7)
    theirs = show_card(other.vault, "동생", NOW, other.crypto)
    alone.restart(meet_page)
    alone.enter("언니")
    alone.press("1")
    alone.enter(str(tmp_path / "mine"))
    assert (tmp_path / "mine.png").exists()
    assert "mine.png" in alone.notice
    assert progress(alone.opened, "언니") is MeetingProgress.SHOWN
    alone.press("3")
    alone.enter(theirs)
    assert progress(alone.opened, "언니") is MeetingProgress.DONE
    assert read_image(tmp_path / "mine.png") != theirs
