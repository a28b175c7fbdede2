"""Story 5: an impostor asks for money. Unknown card: not confirmed, and the reminder; three wrong answers: locked."""

import pytest

from lab.processes.processes import CommandFailed, wait_until
from tests.stories.village import PATIENCE_S, QUESTION, Village, introduced, label

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_story_5_impostor_is_not_confirmed_and_three_wrong_answers_lock(village: Village) -> None:
    victim, impostor = introduced(village, "다리")
    impostor.run("write", "언니", "-", text="언니, 돈이 급해. 오늘 보내 줘.\n")
    shown = ""

    def read() -> bool:
        nonlocal shown
        shown = victim.run("read", "--keep")
        return "돈이 급해" in shown

    wait_until("the letter", read, PATIENCE_S)
    assert "not confirmed" in shown
    assert "Is it about money, a meeting or travel? Ask first" in shown
    for guess in ("고구마", "옥수수", "밤"):
        victim.run("ask", "동생", text=f"{QUESTION}\n감자\n")
        village.answer(impostor, "언니", guess)
        for member, name in ((victim, "동생"), (impostor, "언니")):
            assert "were not the same" in village.told(member, name)
    for member, name in ((victim, "동생"), (impostor, "언니")):
        assert label(member, name) == "not_confirmed"
        with pytest.raises(CommandFailed, match="All three tries"):
            member.run("ask", name, text=f"{QUESTION}\n감자\n")
