"""Changing the opening words in the letter box."""

from pathlib import Path

import pytest

from client_cli.errors import WrongWords
from client_cli.letterbox.pages.visit import Visit
from client_cli.vault.vault import Vault
from tests.kits.homes import WORDS
from tests.kits.letterboxes import shown, visit_with_letters

NEW = "강가 저녁 다리 등불"


@pytest.fixture
def visit(memory_path: Path) -> Visit:
    made = visit_with_letters(memory_path)
    made.restart(made.pages[0])
    made.press("7")
    made.press("2")
    return made


def test_other_words_open_the_same_letters(visit: Visit) -> None:
    visit.enter(WORDS)
    visit.press("3")
    visit.enter(NEW)
    visit.enter(NEW)
    assert visit.notice.startswith("여는 말을 바꾸었습니다")
    visit.close()
    with pytest.raises(WrongWords):
        Vault.open(visit.home, WORDS)
    Vault.open(visit.home, NEW).close()


def test_drawn_words_are_in_the_language_of_the_letters_and_typed_once(visit: Visit) -> None:
    visit.enter(WORDS)
    drawn = shown(visit).splitlines()[1].strip()
    assert all("가" <= word[0] <= "힣" for word in drawn.split())
    visit.press("1")
    visit.enter(drawn)
    visit.close()
    Vault.open(visit.home, drawn).close()


def test_wrong_words_of_now_and_weak_new_ones_change_nothing(visit: Visit) -> None:
    before = (visit.home / "keys").read_bytes()
    visit.enter("다른 말")
    assert visit.notice
    visit.enter(WORDS)
    visit.press("3")
    visit.enter("하나 둘 셋 넷 다섯")
    assert visit.notice.startswith("많은 사람이")
    assert (visit.home / "keys").read_bytes() == before
