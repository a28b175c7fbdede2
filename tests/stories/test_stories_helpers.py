"""Stories of families whom helpers bring together, with real relays and real commands.

Story 1: two siblings, two helpers, never in one room - honest, and with the cards swapped. Story 5: an impostor.
Story 6: a lost telephone.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from client_cli.asking import QuestionState, question_state
from client_cli.contacts import require_person
from client_cli.inbox import mark_read, unread
from client_cli.outbox import queue_step, write_letter
from client_cli.vault import Vault
from lab.processes import QUICK, CommandFailed, Member, Network, client_command, environment, run, wait_until
from protocol.letter import LetterKind

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("stories of helpers"), pytest.mark.timeout(900)]

PATIENCE_S = 240.0  # a few seconds on an idle machine
CONSTANTS = {**QUICK, "mean_hold_ms": 200, "reply_hold_ms": 200, "ack_wait_ms": 500, "retry_ms": 6000}
QUESTION = "밭에서 우리가 구워 먹던 것은?"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    made = Network.make(tmp_path_factory.mktemp("helpers") / "net", constants=CONSTANTS)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@dataclass
class Village:
    """People of one story and their helpers."""

    folder: Path
    network: Network
    members: list[Member] = field(default_factory=list)
    vaults: dict[Path, Vault] = field(default_factory=dict)

    def member(self, name: str, kind: type[Member] = Member) -> Member:
        """Somebody who has joined and is online."""
        made = kind(self.folder / name, f"감자 옥수수 맷돌 {name} 외양간")
        made.run("setup", "--language", "en", "--profile", "standard")
        made.run("join", self.network.invite(self.folder / f"{name}-invite.png"), "--yes")
        self.members.append(made)
        made.go_online()
        self.vaults[made.home] = Vault.open(made.home, made.words)
        return made

    def state(self, member: Member, name: str) -> QuestionState:
        """Where the question with somebody is, looked up without a new process."""
        vault = self.vaults[member.home]
        return question_state(vault, require_person(vault, name))

    def answer(self, member: Member, name: str, text: str) -> None:
        """Answer as soon as the question has come."""
        wait_until("the question", lambda: self.state(member, name).to_answer is not None, PATIENCE_S)
        assert "sosik answer" in member.run("people")
        member.run("answer", name, text=text + "\n")

    def told(self, member: Member, name: str) -> str:
        """What `sosik people` says once an exchange has ended here."""

        def ended() -> bool:
            state = self.state(member, name)
            return state.asked is None and not state.waiting

        wait_until("the end of the exchange", ended, PATIENCE_S)
        return member.run("people")

    def helper(self, name: str) -> Path:
        """A helper's folder, certified with the community key."""
        folder = self.folder / name
        self.desk("certify", "--community", self.network.community, "--name", name, "--out", folder)
        return folder

    def desk(self, *args: str | Path) -> None:
        """Run `sosik desk ARGS`."""
        run(client_command("desk", *args), env=environment())

    def card(self, member: Member, of: str) -> Path:
        """Make a card for one person to come."""
        picture = self.folder / f"{member.home.name}-{of}.png"
        member.run("card", of, "--out", picture)
        return picture

    def introduce(self, helper: Path, a: Path, b: Path) -> tuple[Path, Path]:
        """Pass two cards on: (for the owner of a, for the owner of b)."""
        out = self.folder / f"{a.stem}-{b.stem}"
        self.desk("introduce", a, b, "--helper", helper, "--out", out)
        return out / "for-a.png", out / "for-b.png"


@pytest.fixture
def village(tmp_path: Path, network: Network) -> Iterator[Village]:
    made = Village(tmp_path, network)
    try:
        yield made
    finally:
        for vault in made.vaults.values():
            vault.close()
        for member in made.members:
            if member.process is not None:
                member.go_offline(signal.SIGKILL)


def take(member: Member, of: str, picture: Path) -> None:
    """Scan what the helper handed back, as soon as the community's list has come."""

    def taken() -> bool:
        try:
            member.run("card", of, "--scan", picture)
        except CommandFailed as failure:
            if "list has not come yet" not in str(failure):
                raise
            return False
        return True

    wait_until(f"{of} taken", taken, PATIENCE_S)


def label(member: Member, name: str) -> object:
    """How `sosik people --json` labels somebody who is not closed."""
    (found,) = [p for p in member.json("people")["people"] if p["name"] == name and p["state"] != "closed"]
    return found["label"]


def introduced(village: Village, helper: str = "온누리") -> tuple[Member, Member]:
    """Elder (knows 동생) and younger (knows 언니) sibling, whom a helper introduced."""
    elder, younger = village.member("elder"), village.member("younger")
    of_elder, of_younger = village.card(elder, "동생"), village.card(younger, "언니")
    for_elder, for_younger = village.introduce(village.helper(helper), of_elder, of_younger)
    take(elder, "동생", for_elder)
    take(younger, "언니", for_younger)
    return elder, younger


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


def test_story_6_lost_telephone_is_closed_met_again_and_receives_nothing(village: Village) -> None:
    elder, old = village.member("elder"), village.member("old")
    elder.run("meet", "동생", "--show", village.folder / "a.png")
    old.run("meet", "언니", "--show", village.folder / "b.png")
    elder.run("meet", "동생", "--scan", village.folder / "b.png")
    old.run("meet", "언니", "--scan", village.folder / "a.png")
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
