"""Story 6: a lost telephone. Closed, met again, new and not confirmed; the old device receives nothing."""

import pytest

from lab.processes.processes import wait_until
from tests.stories.village import PATIENCE_S, QUESTION, Village, label, take

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_story_6_lost_telephone_is_closed_met_again_and_receives_nothing(village: Village) -> None:
    elder, old = village.member("elder"), village.member("old")
    village.meet(elder, "동생", old, "언니")
    elder.run("write", "동생", "-", text="첫 편지\n")
    wait_until("the first letter", lambda: bool(old.json("read", "--keep")["letters"]), PATIENCE_S)
    elder.go_offline()  # what has left cannot be called back: this letter is still here when the contact is closed
    elder.run("write", "동생", "-", text="잃어버린 뒤의 편지\n")
    elder.run("close", "동생", "--yes")
    elder.go_online()
    new = village.member("new")
    of_elder, of_new = village.card(elder, "동생"), village.card(new, "언니")
    for_elder, for_new = village.introduce(village.helper("온누리"), of_elder, of_new)
    take(elder, "동생", for_elder)
    take(new, "언니", for_new)
    assert label(elder, "동생") == "not_confirmed", "new keys begin as not confirmed"
    elder.run("write", "동생", "-", text="새 전화기로 가는 편지\n")
    elder.run("ask", "동생", text=f"{QUESTION}\n감자\n")
    village.answer(new, "언니", "감자")
    village.told(elder, "동생")
    assert label(elder, "동생") == "answered"
    assert [letter["text"] for letter in new.json("read")["letters"]] == ["새 전화기로 가는 편지\n"]
    assert old.json("read")["letters"] == [], "the old device receives nothing more"
    old.run("write", "언니", "-", text="습득한 사람이 쓴 편지\n")
    assert elder.json("read")["letters"] == []
