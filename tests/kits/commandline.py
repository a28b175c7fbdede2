"""Runs commands in this process, as `python -m client_cli` would, and makes what they need."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from client_cli import i18n
from client_cli.__main__ import run
from protocol.community.constants import Constants
from protocol.community.roster import NO_PREVIOUS, Roster, RosterRelay, sign_roster
from protocol.primitives.days import day_of
from protocol.primitives.sealed_box import public_of
from protocol.primitives.signing import verify_key_of
from tests.kits import homes
from tests.kits.homes import Home

WORDS = "감자 옥수수 맷돌 외양간"
DESK_SECRET = bytes([7]) * 32


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


class CommandLine:
    """The commands of one person."""

    def __init__(self, capsys: pytest.CaptureFixture[str], home: Path, words: str = WORDS) -> None:
        self._capsys = capsys
        self.home = home
        self.words = words

    def __call__(self, *arguments: str | Path) -> Ran:
        """Run one command with --home and the opening words from a descriptor."""
        reading, writing = os.pipe()
        os.write(writing, (self.words + "\n").encode())
        os.close(writing)
        try:
            return self.bare("--home", self.home, "--words-fd", str(reading), *arguments)
        finally:
            os.close(reading)

    def bare(self, *arguments: str | Path) -> Ran:
        """Run one command as it is given."""
        self._capsys.readouterr()
        i18n.use(i18n.DEFAULT_LANGUAGE)  # a process begins so; a command that is imported now keeps its help in it
        code = run([os.fspath(argument) for argument in arguments])
        i18n.use(i18n.DEFAULT_LANGUAGE)  # whatever language the vault has
        printed = self._capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    def good(self, *arguments: str | Path) -> str:
        """Run one command that has to succeed, and return its standard output."""
        ran = self(*arguments)
        assert ran.code == 0, ran
        return ran.out


def make_community(
    folder: Path, now: float, relays: int = 3, guards: tuple[int, ...] = (0, 1), *, name: str = "기다리는 집"
) -> Path:
    """A folder as an operator hands it to a helper."""
    folder.mkdir(mode=0o700)
    secret = bytes([1]) * 32
    today = day_of(now)
    entries = tuple(
        RosterRelay(
            number,
            f"https://relay{number}.example.org/{'p' * 22}",
            verify_key_of(bytes([10 + number]) * 32),
            public_of(bytes([20 + number]) * 32),
            bytes([40 + number]) * 32,
            bytes([30 + number]) * 32,
        )
        for number in range(relays)
    )
    roster = Roster(
        verify_key_of(secret),
        name,
        1,
        today,
        today + 90,
        Constants(),
        entries,
        relays,
        guards,
        (verify_key_of(DESK_SECRET),),
        0,
        b"",
        NO_PREVIOUS,
    )
    (folder / "roster").write_bytes(sign_roster(roster, secret))
    (folder / "desk.key").write_bytes(DESK_SECRET)
    return folder


def meet(one: CommandLine, two: CommandLine, folder: Path) -> None:
    """Two meet by pictures of their cards: 딸 and Mother."""
    one.good("meet", "딸", "--show", folder / "one.png")
    two.good("meet", "Mother", "--scan", folder / "one.png", "--show", folder / "two.png")
    one.good("meet", "딸", "--scan", folder / "two.png")


def invite(cli: CommandLine, folder: Path) -> Path:
    """A picture of an invitation into a community of its own."""
    if not (folder / "community").exists():
        make_community(folder / "community", time.time())
    card = folder / f"invite-{cli.home.name}.png"
    assert cli.bare("desk", "invite", "--community", folder / "community", "--out", card).code == 0
    return card


def at_home(capsys: pytest.CaptureFixture[str], home: Home) -> CommandLine:
    """The commands of somebody whose vault is there already."""
    return CommandLine(capsys, home.vault.home, homes.WORDS)
