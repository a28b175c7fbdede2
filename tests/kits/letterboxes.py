"""Furnished letter boxes for tests: a person, a letter, a portrait, whatever the names and texts are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from client_cli.inbox.receiving import keep_letters
from client_cli.letterbox.pages.layout import rows, text_of
from client_cli.letterbox.pages.visit import Visit
from client_cli.people.contacts import Label, PersonRecord, State, add_contact, get_record, put_record, require_person
from client_cli.people.portraits import set_portrait
from client_cli.vault.vault import Vault
from lab.processes.processes import client_command, environment
from lab.processes.terminals import Terminal
from protocol.letters.letter import Letter, LetterKind, encode_letter
from protocol.primitives.days import day_of
from tests.kits.homes import NOW, WORDS, entropy, make_vault, pair

__all__ = [
    "LETTER",
    "FixedClock",
    "OnTerminal",
    "both_interfaces",
    "empty_visit",
    "give_portrait",
    "korean_terminal",
    "on_terminal",
    "put_letter",
    "put_person",
    "rename",
    "shown",
    "starts_processes",
    "visit_of",
    "visit_with_letters",
]

starts_processes = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
both_interfaces = pytest.mark.parametrize("options", [("--menus",), ()], ids=["menus", "full screen"])

LETTER = "딸아, 감자를 구워 먹던 날을 기억하지?\n보고 싶다."


class FixedClock:
    """A clock that a test sets."""

    def __init__(self, now: float = NOW) -> None:
        self.time = now

    def now(self) -> float:
        """The time it was set to."""
        return self.time


def put_letter(vault: Vault, contact: int, text: str, number: int = 1, *, late: bool = False) -> None:
    """A whole letter that waits, as if its cells had come."""
    whole = encode_letter(Letter(LetterKind.TEXT, text.encode("utf-8", "replace"), day_of(NOW)))
    with vault.transaction() as tx:
        keep_letters(tx, contact, [(number, whole)], NOW, late=late)


def put_person(vault: Vault, name: str) -> int:
    """Somebody by a name that no rule has cleaned."""
    with vault.transaction() as tx:
        return add_contact(tx, PersonRecord(name, Label.NOT_CONFIRMED), State.MEETING)


def rename(vault: Vault, number: int, name: str) -> None:
    """Give somebody a name that no rule has cleaned."""
    with vault.transaction() as tx:
        put_record(tx, number, msgspec.structs.replace(get_record(tx, number), name=name))


def give_portrait(vault: Vault, name: str, folder: Path) -> None:
    """A portrait of plain colours."""
    from PIL import Image

    from client_cli.content.pictures import make_picture

    Image.effect_noise((64, 80), 60).convert("RGB").save(folder / "face.png")
    set_portrait(vault, require_person(vault, name), make_picture(folder / "face.png").body)


def visit_of(home: Path, vault: Vault | None = None) -> Visit:
    """A sitting that nobody has begun."""
    visit = Visit(home, FixedClock(), entropy(9))
    if vault is not None:
        visit.use_vault(vault)
    return visit


def visit_with_letters(folder: Path, letters: int = 1) -> Visit:
    """A daughter with her mother's letters, at the first page behind the opening words."""
    from client_cli.letterbox.pages.people import home_pages

    _mother, daughter = pair(folder)
    number = daughter.person("어머니").number
    for count in range(1, letters + 1):
        put_letter(daughter.vault, number, LETTER, count)
    visit = visit_of(daughter.vault.home, daughter.vault)
    visit.restart(*home_pages(visit))
    return visit


def empty_visit(folder: Path) -> Visit:
    """A vault without people."""
    vault = make_vault(folder / "home")
    return visit_of(vault.home, vault)


def shown(visit: Visit, width: int = 76) -> str:
    """What the page in front says, without its title and its choices."""
    return "\n".join(text_of(row) for row in rows(visit.view().blocks, width, large=visit.large))


def korean_terminal(**more: str) -> dict[str, str]:
    """The environment of a Korean terminal of today."""
    return {**environment(**more), "TERM": "xterm-256color", "LANG": "ko_KR.UTF-8", "LC_ALL": "", "LANGUAGE": ""}


@dataclass
class OnTerminal:
    """The letter box on a terminal of its own. `enter`: what follows a key in this interface."""

    terminal: Terminal
    enter: str

    def press(self, key: str, until: str) -> None:
        """Take a choice, and wait until its page says so."""
        self.terminal.type(key + self.enter)
        self.terminal.wait_for(until)


@contextmanager
def on_terminal(home: Path, *options: str, until: str = "모두", **more: str) -> Iterator[OnTerminal]:
    """Somebody opens the letter box with the opening words, and sees `until`."""
    with Terminal(client_command("--home", home, *options), korean_terminal(**more)) as terminal:
        terminal.wait_for("여는 말")
        terminal.type(WORDS + "\r")
        terminal.wait_for(until)
        yield OnTerminal(terminal, "\n" if "--menus" in options else "")
