"""The corpus of test_injection through helpers, communities, the desk and the courier: nothing of it acts either."""

import os
import time
from pathlib import Path

import msgspec
import pytest

from client_cli.letterbox.pages.layout import rows, text_of
from client_cli.letterbox.pages.people import people_page
from client_cli.letterbox.pages.requests import helper_page, request_page
from client_cli.meeting.handovers import receive
from client_cli.meeting.requests import Request
from client_cli.people.contacts import get_record, put_record
from client_cli.vault.keys import Key
from protocol.people.card_name import fit_name
from protocol.people.handover import Handover, encode_handover
from protocol.people.key_card import CardKind, make_card
from tests.kits.commandline import CommandLine, make_community
from tests.kits.communities import COMMUNITY_SECRET, NOW, TODAY, make_roster, signed
from tests.kits.homes import WORDS, entropy, pair
from tests.kits.hostile_texts import CORPUS, EVERYTHING, acted, hostile_home, require_plain
from tests.kits.letterboxes import both_interfaces, on_terminal, starts_processes, visit_of

# What a name on a card, of a helper or of a community can hold at most; the rest of the corpus it cannot.
NAMED = fit_name(CORPUS["markup"] + EVERYTHING)


@pytest.fixture
def home(memory_path: Path) -> Path:
    """Somebody introduced by a hostile helper, in a hostile community, with a card to pass on under a hostile name."""
    daughter, number = hostile_home(memory_path)
    vault = daughter.vault
    card = make_card(CardKind.INTRODUCE, "", TODAY + 30_000, entropy(80)).card
    with vault.transaction() as tx:
        put_record(tx, number, msgspec.structs.replace(get_record(tx, number), introducer=EVERYTHING))
        tx.put(Key.ROSTER, signed(msgspec.structs.replace(make_roster(), name=NAMED)).data)
        receive(tx, number, encode_handover(Handover(NAMED, card)), NOW)
    vault.close()
    return vault.home


@pytest.mark.parametrize("text", [EVERYTHING, *CORPUS.values()], ids=["everything", *CORPUS])
def test_names_of_helpers_and_communities_hold_nothing_that_acts(text: str) -> None:
    assert acted(fit_name(text)) == []
    assert len(fit_name(text).encode()) <= 32


def test_no_command_shows_a_helper_or_a_community_raw(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = CommandLine(capsys, home, WORDS)
    for arguments in (["people"], ["read", "--keep"], ["read", "--kept"], ["status"], ["desk", "cards"], ["letters"]):
        ran = person(*arguments)
        assert ran.code == 0, ran
        assert acted(ran.out + ran.err) == [], arguments
    assert "[/red] [bold]x[/bold]" in person.good("desk", "cards")


def test_the_desk_shows_names_and_paths_as_plain_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    keeper = make_community(tmp_path / "community", time.time(), name=fit_name(EVERYTHING))
    (keeper / "community.key").write_bytes(COMMUNITY_SECRET)
    person = CommandLine(capsys, tmp_path / "home")
    hostile = (EVERYTHING.replace("\x00", "").replace("/", "") * 2).encode()[:180].decode(errors="ignore")
    cases: list[list[str | Path]] = [
        ["desk", "invite", "--community", keeper, "--out", tmp_path / f"{hostile}.png"],
        ["desk", "invite", "--community", keeper, "--sheet", tmp_path / f"{hostile}.pdf", "--count", "2"],
        ["desk", "invite", "--community", tmp_path / hostile, "--words"],
        ["desk", "certify", "--community", keeper, "--name", hostile, "--out", tmp_path / hostile],
        ["desk", "introduce", tmp_path / hostile, hostile, "--helper", tmp_path / hostile, "--out", tmp_path / "out"],
        ["desk", "introduce", "1", "--to", hostile, "--helper", tmp_path / hostile],
        ["desk", hostile],
    ]
    for arguments in cases:
        ran = person.bare(*[os.fspath(one) for one in arguments])
        assert acted(ran.out + ran.err) == [], arguments


def test_the_courier_and_bundles_show_paths_as_plain_text(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = CommandLine(capsys, home, WORDS)
    hostile = home / (EVERYTHING.replace("\x00", "").replace("/", "") * 2).encode()[:180].decode(errors="ignore")
    cases: list[list[str | Path]] = [["carry", verb, hostile] for verb in ("pack", "address", "unpack")]
    for arguments in cases:
        ran = person(*[os.fspath(one) for one in arguments])
        assert acted(ran.out + ran.err) == [], arguments
    hostile.write_bytes(EVERYTHING.encode())
    cases = [
        ["carry", "run", hostile, home / "answers", "--address", hostile],
        ["carry", "run", hostile, hostile],
        ["carry", "unpack", hostile],
    ]
    for arguments in cases:
        ran = person.bare(*[os.fspath(one) for one in arguments])
        assert acted(ran.out + ran.err) == [], arguments


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_no_row_about_whoever_waits_holds_what_acts(memory_path: Path, text: str) -> None:
    _mother, daughter = pair(memory_path)
    visit = visit_of(daughter.vault.home, daughter.vault)
    visit.restart(people_page)
    for named in (True, False):
        view = request_page(Request(text, named, text, 1, answered=False), visit)
        assert acted("".join(text_of(row) for row in rows(view.blocks, 76))) == []
    view = helper_page(text, visit)
    assert acted("".join(text_of(row) for row in rows(view.blocks, 76))) == []
    visit.tell("{name}", name=text)
    assert acted(visit.notice) == []


@starts_processes
@both_interfaces
def test_nothing_of_a_helper_reaches_a_real_terminal_raw(home: Path, options: tuple[str, ...]) -> None:
    with on_terminal(home, *options) as box:
        box.press("0", until="사람 만나기")
        box.press("7", until="공동체")
    require_plain(box.terminal.raw)
