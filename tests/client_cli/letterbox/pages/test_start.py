"""The first pages: language, opening words, how often, the invitation."""

from pathlib import Path

import pytest

from client_cli.letterbox.pages.start import begin
from client_cli.letterbox.pages.visit import Visit
from client_cli.vault.vault import vault_exists
from tests.kits.letterboxes import (
    visit_of,
    visit_with_letters,
)

CHOSEN = "감자 옥수수 맷돌 외양간"


@pytest.fixture
def visit(memory_path: Path) -> Visit:
    return visit_with_letters(memory_path)


def test_first_run_leads_from_language_to_the_invitation(memory_path: Path) -> None:
    visit = visit_of(memory_path / "home")
    begin(visit, "en")
    assert "한국어" in [choice.label for choice in visit.view().choices]
    visit.press("1")
    visit.press("2")
    visit.enter("짧다")
    assert visit.notice.startswith("너무 짧")
    for typed in (CHOSEN, "다른 말입니다 정말로", CHOSEN, CHOSEN):
        visit.enter(typed)
    assert vault_exists(visit.home)
    assert "초대장" in visit.view().title
    visit.close()
