"""What people do besides writing leaves no trace: introductions, questions, pictures, a pause, a closed contact.

Invariant 1 on the real relay and client code: two worlds with the same seeds, one in which nobody does anything and one
in which everybody writes to everybody and all of this happens, are the same to an observer of the whole network. A
pause is not seen by the other side either.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from client_cli.desk import by_letter
from client_cli.desk.helper import Helper
from client_cli.inbox.reading import unread
from client_cli.inbox.receiving import open_arrived
from client_cli.meeting import question as asking
from client_cli.meeting.closing import close_person
from client_cli.meeting.handovers import give
from client_cli.meeting.requests import accept, requests
from client_cli.outbox.letters import LetterStatus, letters, write_picture
from client_cli.people.contacts import Label, pause_person, require_person
from client_cli.vault.vault import Vault
from lab.worlds.scenarios import QUICK, START, silent_world, writing_world
from lab.worlds.world import World, multiset
from protocol.people.certificate import make_certificate
from protocol.primitives.days import day_of
from protocol.primitives.signing import verify_key_of
from protocol.seams import SeededEntropy

SETTING = replace(QUICK, duration_s=3000.0)
LOOK_S = 20.0  # how often people look whether something has come
PICTURE = b"RIFF" + bytes(9000)  # three parts; what is on it does not matter here
HELPER_SECRET = b"helper".ljust(32)
ANSWER = "감자"


@dataclass
class Doings:
    """member2 introduces member0 and member1 to each other; then member0 asks a question. All of it by letter."""

    world: World
    happened: list[str] = field(default_factory=list)

    def vault(self, name: str) -> Vault:
        """A member's vault."""
        return self.world.clients[name].vault

    def entropy(self, name: str) -> SeededEntropy:
        """A random stream of a person's own commands, which no schedule shares."""
        return self.world.stream(self.world.seed, f"{name}/commands/{len(self.happened)}")

    def begin(self, now: float) -> None:
        """Cards leave, a picture leaves, a pause begins."""
        pause_person(self.vault("member0"), require_person(self.vault("member0"), "member1"))
        write_picture(self.vault("member1"), require_person(self.vault("member1"), "member2"), PICTURE, now)
        for name, called in (("member0", "younger"), ("member1", "elder")):
            vault = self.vault(name)
            give(vault, require_person(vault, "member2"), called, now, self.entropy(name))
        self.happened.append("begun")

    def look(self, now: float) -> None:
        """Do what can be done now."""
        for name in SETTING.names:
            open_arrived(self.vault(name))
        vault = self.vault("member2")
        cards = by_letter.to_pass_on(vault, now)
        if len(cards) == 2:
            one, two = (by_letter.by_letter(vault, card.number, now) for card in cards)
            by_letter.introduce(vault, self.helper(now), one, two, now)
            self.happened.append("passed on")
        for name in ("member0", "member1"):
            for request in requests(self.vault(name), now):
                accept(self.vault(name), request.name, now, self.entropy(name))
                self.happened.append("accepted")
        if self.happened.count("accepted") == 2:
            self.question(now)

    def question(self, now: float) -> None:
        """Ask once, and answer what was asked."""
        elder, younger = self.vault("member0"), self.vault("member1")
        if "asked" not in self.happened:
            person = require_person(elder, "younger")
            asking.ask(elder, person, "무엇을 구워 먹었지?", ANSWER, now, self.entropy("member0"))
            self.happened.append("asked")
        person = require_person(younger, "elder")
        if asking.question_state(younger, person).to_answer is not None:
            asking.answer(younger, person, ANSWER, now, self.entropy("member1"))
            self.happened.append("answered")
        for vault in (elder, younger):
            self.happened += [told.outcome.name for told in asking.news(vault, now)]

    def close(self, _now: float) -> None:
        """member2 ends contact with member1."""
        vault = self.vault("member2")
        close_person(vault, require_person(vault, "member1").number)
        self.happened.append("closed")

    def helper(self, now: float) -> Helper:
        """member2's certificate."""
        community = self.world.community
        made = make_certificate(
            community.community_secret, verify_key_of(HELPER_SECRET), "helper", day_of(now) + 30, self.entropy("desk")
        )
        return Helper(community.roster, made, HELPER_SECRET)


@pytest.mark.timeout(600)
async def test_traces_are_equal_whatever_people_do(memory_path: Path) -> None:
    silent = await silent_world(memory_path / "silent", SETTING)
    busy = await writing_world(memory_path / "busy", SETTING)
    doings = Doings(busy)
    busy.at(START + 1.0, doings.begin)
    for turn in range(int(SETTING.duration_s / LOOK_S)):
        busy.at(START + 2.0 + turn * LOOK_S, doings.look)
    busy.at(START + SETTING.duration_s * 0.95, doings.close)
    try:
        for world in (silent, busy):
            await world.run(START + SETTING.duration_s)
        assert multiset(silent.trace) == multiset(busy.trace)
        # All of it did happen, to its end.
        for step in ("begun", "passed on", "accepted", "asked", "answered", "SAME", "closed"):
            assert step in doings.happened
        assert doings.happened.count("SAME") == 2
        for name, called in (("member0", "younger"), ("member1", "elder")):
            assert require_person(doings.vault(name), called).label is Label.ANSWERED
        assert PICTURE in [letter.picture for letter in unread(doings.vault("member2"))]
        # The pause did something: its letters stay, those that came are not among the new ones.
        assert {sender for sender, _ in busy.received("member1")} == {"member2"}
        assert {sender for sender, _ in busy.received("member0")} == {"member2"}
        # And told nothing: the letters of the one who is paused have arrived, as always.
        there = [one for one in letters(doings.vault("member1"), busy.now) if one.person.name == "member0"]
        assert there
        assert any(one.status is LetterStatus.ARRIVED for one in there)
    finally:
        await silent.close()
        await busy.close()
