"""Our cards for people to come: the same until they are used, and never mixed with a meeting in person."""

from pathlib import Path

import pytest

from client_cli.errors import NameProblem
from client_cli.meeting.closing import close_person
from client_cli.meeting.in_person import MeetingProgress, scan_card, show_card
from client_cli.meeting.own_cards import make_introduce_card
from tests.kits.homes import NOW, Home, make_home


@pytest.fixture
def two(tmp_path: Path) -> tuple[Home, Home]:
    return make_home(tmp_path / "a", 1), make_home(tmp_path / "b", 2)


def cards(two: tuple[Home, Home]) -> tuple[str, str]:
    a, b = two
    return (
        make_introduce_card(a.vault, "동생", NOW, a.crypto),
        make_introduce_card(b.vault, "언니", NOW, b.crypto),
    )


def test_card_is_the_same_until_it_is_used(two: tuple[Home, Home]) -> None:
    assert cards(two) == cards(two)


def test_card_for_a_helper_is_not_shown_in_person_nor_mixed_with_a_meeting(two: tuple[Home, Home]) -> None:
    a, b = two
    cards(two)
    theirs = show_card(b.vault, "다른 사람", NOW, b.crypto)
    with pytest.raises(NameProblem, match="through a helper"):
        show_card(a.vault, "동생", NOW, a.crypto)
    with pytest.raises(NameProblem, match="through a helper"):
        scan_card(a.vault, "동생", theirs, NOW)
    close_person(a.vault, a.person("동생").number)
    assert scan_card(a.vault, "동생", theirs, NOW) is MeetingProgress.SCANNED
