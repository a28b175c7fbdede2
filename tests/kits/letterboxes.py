"""Furnished letter boxes for tests: a person, a letter, a portrait, whatever the names and texts are."""

from pathlib import Path

import msgspec

from client_cli.inbox.receiving import keep_letters
from client_cli.letterbox.pages.visit import Visit
from client_cli.people.contacts import Label, PersonRecord, State, add_contact, get_record, put_record, require_person
from client_cli.people.portraits import set_portrait
from client_cli.vault.vault import Vault
from protocol.letters.letter import Letter, LetterKind, encode_letter
from protocol.primitives.days import day_of
from tests.kits.homes import NOW, entropy, make_vault, pair

__all__ = ["LETTER", "FixedClock", "give_portrait", "put_letter", "put_person", "visit_of", "visit_with_letters"]

LETTER = "딸아, 감자를 구워 먹던 날을 기억하지?\n보고 싶다."


class FixedClock:
    """A clock that a test sets."""

    def __init__(self, now: float = NOW) -> None:
        self.time = now

    def now(self) -> float:
        """The time it was set to."""
        return self.time


def put_letter(vault: Vault, contact: int, text: str, number: int = 1) -> None:
    """A whole letter that waits, as if its cells had come."""
    whole = encode_letter(Letter(LetterKind.TEXT, text.encode("utf-8", "replace"), day_of(NOW)))
    with vault.transaction() as tx:
        keep_letters(tx, contact, [(number, whole)], NOW)


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
