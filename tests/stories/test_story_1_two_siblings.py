"""Story 1: two siblings, two helpers, never in one room. Each makes a card, the helpers pass them on, as pictures or by
letter; with the cards swapped by a dishonest helper the question fails on both sides."""

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from client_cli.inbox.reading import mark_read, unread
from client_cli.outbox.letters import queue_step, write_letter
from client_cli.people.contacts import require_person
from lab.processes.processes import Member, environment, wait_until
from protocol.letters.letter import LetterKind
from tests.stories.village import PATIENCE_S, QUESTION, Village, introduced, label, take

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_story_1_two_siblings_two_helpers_never_in_one_room(village: Village) -> None:
    elder, younger = introduced(village)
    for member, name in ((elder, "동생"), (younger, "언니")):
        assert "introduced by 온누리 (고향 소식), not confirmed" in member.run("people")
        assert label(member, name) == "not_confirmed"
    elder.run("ask", "동생", text=f"{QUESTION}\n감자\n")
    village.answer(younger, "언니", " 감 자! ")
    for member, name in ((elder, "동생"), (younger, "언니")):
        assert f"You and {name} gave the same answer" in village.told(member, name)
        assert label(member, name) == "answered"


def asked_for(member: Member) -> bool:
    """Whether somebody waits to be accepted."""
    return bool(member.json("people")["requests"])


def test_story_1_by_letter_when_both_write_to_the_helper(village: Village) -> None:
    helper, elder, younger = (village.member(name) for name in ("helper", "elder", "younger"))
    folder = village.helper("온누리")
    for member, calls in ((elder, "언니네"), (younger, "동생네")):
        village.meet(helper, calls, member, "온누리")
    elder.run("card", "동생", "--through", "온누리")
    younger.run("card", "언니", "--through", "온누리")
    wait_until("both cards", lambda: len(helper.json("desk", "cards")["cards"]) == 2, PATIENCE_S)
    cards = {card["for"]: card for card in helper.json("desk", "cards")["cards"]}
    assert {name: card["person"] for name, card in cards.items()} == {"동생": "언니네", "언니": "동생네"}
    assert "gave you a card to pass on: sosik desk cards" in helper.run("people")
    helper.run("desk", "introduce", *(str(card["number"]) for card in cards.values()), "--helper", folder)
    assert helper.json("desk", "cards")["cards"] == []
    for member, name in ((elder, "동생"), (younger, "언니")):
        wait_until("the request", partial(asked_for, member), PATIENCE_S)
        shown = member.run("people")
        assert f"온누리 (고향 소식) has a card of {name} for you. Not confirmed." in shown
        assert f"Accept: sosik card {name} --accept" in shown
        member.run("card", name, "--accept")
        assert "introduced by 온누리 (고향 소식), not confirmed" in member.run("people")
    elder.run("ask", "동생", text=f"{QUESTION}\n감자\n")
    village.answer(younger, "언니", "감자")
    for member, name in ((elder, "동생"), (younger, "언니")):
        village.told(member, name)
        assert label(member, name) == "answered"


class Middle(Member):
    """A dishonest helper's home: its `online` hands every step of a question on instead of acting on it."""

    @property
    def spool(self) -> Path:
        """Where steps wait to be handed on."""
        return self.home / "spool"

    def go_online(self) -> None:
        read_end, write_end = os.pipe()
        os.write(write_end, (self.words + "\n").encode())
        os.close(write_end)
        command = [sys.executable, "-m", "tests.stories.middle", str(self.spool), "online"]
        with (self.home / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [*command, "--home", str(self.home), "--words-fd", str(read_end)],
                encoding="utf-8",
                pass_fds=(read_end,),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=environment(),
            )
        os.close(read_end)


class Wire:
    """Hands everything on between two homes of a dishonest helper: letters and steps of questions, unchanged."""

    def __init__(self, village: Village, left: tuple[Middle, str], right: tuple[Middle, str]) -> None:
        self.vaults = village.vaults
        self.ends = (left, right)
        self.done = {left[0].home: 0, right[0].home: 0}
        self.passed = 0

    def hand_on(self) -> None:
        for (here, here_name), (there, there_name) in (self.ends, self.ends[::-1]):
            lines = here.spool.read_text().split() if here.spool.exists() else []
            steps = [bytes.fromhex(line) for line in lines[self.done[here.home] :]]
            self.done[here.home] = len(lines)
            vault = self.vaults[here.home]
            letters = unread(vault, require_person(vault, here_name))
            mark_read(vault, [letter.number for letter in letters], keep=False)
            vault = self.vaults[there.home]
            to = require_person(vault, there_name)
            for letter in letters:
                write_letter(vault, to, letter.text, time.time())
            with vault.transaction() as tx:
                for step in steps:
                    queue_step(tx, to, LetterKind.QUESTION, step, time.time())
            self.passed += len(steps) + len(letters)


def test_story_1_with_swapped_cards_the_question_fails_on_both_sides(village: Village) -> None:
    elder, younger = village.member("elder"), village.member("younger")
    left, right = village.member("left", Middle), village.member("right", Middle)
    assert isinstance(left, Middle)
    assert isinstance(right, Middle)
    helper = village.helper("이음터")
    for honest, name, middle in ((elder, "동생", left), (younger, "언니", right)):
        mine, false = village.introduce(helper, village.card(honest, name), village.card(middle, "victim"))
        take(honest, name, mine)
        take(middle, "victim", false)
    wire = Wire(village, (left, "victim"), (right, "victim"))
    younger.run("write", "언니", "-", text="잘 지내?\n")
    elder.run("ask", "동생", text=f"{QUESTION}\n감자\n")

    def asked() -> bool:
        wire.hand_on()
        return village.state(younger, "언니").to_answer is not None

    wait_until("the question through the middle", asked, PATIENCE_S)
    younger.run("answer", "언니", text="감자\n")

    def ended() -> bool:
        wire.hand_on()
        return village.state(elder, "동생").asked is None and not village.state(younger, "언니").waiting

    wait_until("the end on both sides", ended, PATIENCE_S)
    assert wire.passed >= 4, "ask, answer, the last step and a letter went through the middle"
    for member, name in ((elder, "동생"), (younger, "언니")):
        assert "were not the same, or somebody stands between you" in village.told(member, name)
        assert label(member, name) == "not_confirmed"
    assert [letter["text"].strip() for letter in elder.json("read")["letters"]] == ["잘 지내?"]
