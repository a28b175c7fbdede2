"""Whatever peers and cards send - names, letters, communities, helpers - no character of it acts on a terminal.

One corpus through every command that prints and through both interfaces of the letter box. `acted` is what reached the
terminal beside our own: none of these strings may arrive raw.
"""

import time
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from client_cli import cli as commands
from client_cli.letterbox.full_screen import LetterBox
from client_cli.letterbox.pages.people import people_page
from client_cli.letterbox.pages.visit import Visit
from client_cli.vault.vault import Vault
from tests.kits.commandline import CommandLine, make_community
from tests.kits.homes import WORDS, pair
from tests.kits.hostile_texts import CORPUS, EVERYTHING, acted, hostile_home, require_plain
from tests.kits.letterboxes import (
    both_interfaces,
    on_terminal,
    put_letter,
    put_person,
    starts_processes,
    visit_of,
)


@pytest.fixture
def home(memory_path: Path) -> Path:
    """A vault in which every text that somebody else can choose is the whole corpus."""
    daughter, _number = hostile_home(memory_path)
    daughter.vault.close()
    return daughter.vault.home


def test_no_command_that_prints_lets_anything_through(
    home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    person = CommandLine(capsys, home, WORDS)
    (tmp_path / "note.txt").write_bytes(EVERYTHING.encode())
    lines: dict[str, list[list[str | Path]]] = {
        "people": [["people"]],
        "read": [["read", EVERYTHING.replace("\x00", "")], ["read", "--kept"], ["read", EVERYTHING, "--keep"]],
        "letters": [["letters"]],
        "status": [["status"]],
        "write": [["write", EVERYTHING, tmp_path / "note.txt"], ["write", EVERYTHING + "x", tmp_path / "note.txt"]],
        "meet": [["meet", EVERYTHING[:20]], ["meet", EVERYTHING, "--scan", tmp_path / EVERYTHING[:9].replace("/", "")]],
        "join": [["join", "--text", tmp_path / "note.txt"]],
    }
    tried = set(lines)
    for name in commands.COMMANDS:
        if name not in lines and name not in {"setup", "online", "sync", "leave", "lock", "desk", "carry"}:
            lines[name] = [[name, EVERYTHING], [name, EVERYTHING, EVERYTHING]]
    for name, wanted in lines.items():
        for arguments in wanted:
            ran = person(*[str(one).replace("\x00", "") for one in arguments])
            assert acted(ran.out + ran.err) == [], (name, arguments)
            assert name not in tried or ran.code in {0, 1, 2}, ran


def test_letters_and_names_are_shown_as_plain_text(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = CommandLine(capsys, home, WORDS)("people")
    assert "[@click=app.quit]y[/]" in ran.out.replace("\n", "")
    assert "{0.__class__}" in ran.out.replace("\n", "")
    assert "어머니" in ran.out


def test_the_name_of_a_community_is_plain_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = make_community(tmp_path / "community", time.time(), name=CORPUS["link"][:20])
    card = tmp_path / "card.png"
    person = CommandLine(capsys, tmp_path / "home")
    assert person.bare("desk", "invite", "--community", folder, "--out", card).code == 0
    person.good("setup", "--language", "en", "--profile", "standard")
    person.good("join", card, "--yes")
    ran = person("status")
    assert acted(ran.out + ran.err) == []


def hostile_visit(home: Path) -> Visit:
    visit = visit_of(home, Vault.open(home, WORDS))
    visit.restart(people_page)
    return visit


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_no_row_of_a_page_holds_what_acts(memory_path: Path, text: str) -> None:
    from client_cli.letterbox.pages.layout import rows, text_of

    _mother, daughter = pair(memory_path)
    number = daughter.person("어머니").number
    put_letter(daughter.vault, number, text)
    put_person(daughter.vault, text + " 2")
    visit = visit_of(daughter.vault.home, daughter.vault)
    visit.restart(people_page)
    for key in ("1", "2", "1", "1", "0", "0", "2", "0", "7"):
        view = visit.view()
        for large in (False, True):
            shown = [text_of(row) for row in rows(view.blocks, 76, large=large)]
            assert acted("".join(shown)) == []
            assert not any("\n" in row for row in shown)
        visit.press(key)


async def test_the_full_screen_shows_the_corpus_as_plain_characters(home: Path) -> None:
    visit = hostile_visit(home)
    app = LetterBox(visit)
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("1", "2", "1", "1", "0", "5", "escape", "3", "escape", "0", "6"):
            drawn = [str(app.query_one(name, Static).render()) for name in ("#title", "#shown", "#notice", "#choices")]
            screen = "".join(segment.text for strip in app.screen._compositor.render_strips() for segment in strip)
            assert acted("".join(drawn)) == []
            assert acted(screen) == []
            await pilot.press(key)
        app.query_one("#line", Input).value = EVERYTHING
        await pilot.press("enter")
        assert acted(str(app.query_one("#notice", Static).render())) == []
    visit.close()


@starts_processes
@both_interfaces
def test_nothing_raw_reaches_a_real_terminal(home: Path, options: tuple[str, ...]) -> None:
    with on_terminal(home, *options) as box:
        box.press("2", until="__class__")
        box.press("0", until="간직할까요")
    require_plain(box.terminal.raw)
