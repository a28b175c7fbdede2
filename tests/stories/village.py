"""A village for stories in which helpers bring people together: real relays, real commands, people online."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from client_cli.meeting.question import QuestionState, question_state
from client_cli.people.contacts import require_person
from client_cli.vault.vault import Vault
from lab.processes.processes import (
    QUICK,
    CommandFailed,
    Member,
    Network,
    client_command,
    environment,
    run,
    wait_until,
)

PATIENCE_S = 240.0  # a few seconds on an idle machine
CONSTANTS = {**QUICK, "mean_hold_ms": 200, "reply_hold_ms": 200, "ack_wait_ms": 500, "retry_ms": 6000}
QUESTION = "밭에서 우리가 구워 먹던 것은?"


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

    def meet(self, one: Member, calls: str, other: Member, called: str) -> None:
        """Two meet in person: `one` calls the other `calls`, and is `called` by them. They read the words aloud."""
        cards = [self.folder / f"{one.home.name}-{calls}-{side}.png" for side in ("a", "b")]
        for member, name, card in ((one, calls, cards[0]), (other, called, cards[1])):
            member.run("meet", name, "--show", card)
        one.run("meet", calls, "--scan", cards[1])
        other.run("meet", called, "--scan", cards[0])
        words = [member.run("compare", name) for member, name in ((one, calls), (other, called))]
        assert words[0].replace(calls, called) == words[1]
        for member, name in ((one, calls), (other, called)):
            member.run("compare", name, "--said", "same")

    def close(self) -> None:
        """Stop everybody."""
        for vault in self.vaults.values():
            vault.close()
        for member in self.members:
            if member.process is not None:
                member.go_offline(signal.SIGKILL)


@contextmanager
def settled(folder: Path) -> Iterator[Network]:
    """A community of three relays that run."""
    made = Network.make(folder / "net", constants=CONSTANTS)
    made.start()
    try:
        yield made
    finally:
        made.stop()


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
