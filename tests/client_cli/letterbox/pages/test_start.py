"""The first pages: language, opening words, how often, the invitation."""

from pathlib import Path

from client_cli.letterbox.pages.start import begin
from client_cli.vault.vault import Vault, vault_exists
from tests.kits.letterboxes import (
    shown,
    visit_of,
)

CHOSEN = "감자 옥수수 맷돌 외양간"


def test_first_run_leads_from_language_to_the_invitation(memory_path: Path) -> None:
    visit = visit_of(memory_path / "home")
    begin(visit, "en")
    assert "한국어" in [choice.label for choice in visit.view().choices]
    visit.press("1")
    visit.press("2")
    first = shown(visit)
    visit.press("2")
    assert shown(visit) != first, "others are drawn"
    visit.press("3")
    visit.enter("짧다")
    assert visit.notice.startswith("너무 짧")
    visit.enter("하나 둘 셋 넷 다섯")
    assert visit.notice.startswith("많은 사람이")
    for typed in (CHOSEN, "다른 말입니다 정말로"):
        visit.enter(typed)
    assert not vault_exists(visit.home)
    visit.press("3")
    for typed in (CHOSEN, CHOSEN):
        visit.enter(typed)
    assert vault_exists(visit.home)
    assert "초대장" in visit.view().title
    visit.close()


def test_first_run_takes_the_words_that_were_drawn_once_they_were_typed(memory_path: Path) -> None:
    visit = visit_of(memory_path / "home")
    begin(visit, "en")
    visit.press("2")
    visit.press("2")
    drawn = shown(visit).splitlines()[1].strip()
    assert len(drawn.split()) == 4
    visit.press("1")
    visit.enter(drawn.replace(" ", ""))
    assert vault_exists(visit.home)
    visit.close()
    Vault.open(visit.home, drawn).close()
