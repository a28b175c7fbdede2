"""No command writes over a file: each that writes one under a name a person gave says so, and proposes another."""

import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from client_cli import cli as commands
from client_cli.cards.qr import write_png
from client_cli.content.pictures import make_picture
from client_cli.courier.bundle_file import ANSWER_BYTES
from client_cli.errors import ExitCode
from client_cli.inbox.reading import unread
from client_cli.outbox.letters import write_picture
from client_cli.people.contacts import people
from protocol.people.key_card import CardKind, encode_card_text, make_card
from protocol.sizes import REQUEST_BYTES
from tests.kits.commandline import CommandLine, at_home, make_community
from tests.kits.homes import NOW, Home, carry, entropy
from tests.kits.villages import keeper

FAR = 60_000  # a day that the real clock of a command has not reached

# Every parameter that names a file or a folder.
READ = {
    ("join", "image"), ("meet", "scan"), ("card", "scan"), ("picture", "file"), ("portrait", "file"),
    ("carry run", "inputs"), ("carry run", "address_path"), ("carry unpack", "inputs"),
    ("desk invite", "community"), ("desk introduce", "helper"), ("desk certify", "community"), ("restore", "in"),
}  # fmt: skip
WRITTEN = {
    ("meet", "show"), ("card", "out"), ("read", "save"), ("carry pack", "out"), ("carry address", "out"),
    ("carry run", "out"), ("desk invite", "out"), ("desk invite", "sheet_path"), ("desk introduce", "out"),
    ("desk certify", "out"), ("backup", "out"),
}  # fmt: skip

# What is there, what is typed, and the name that is proposed; all in one folder.
CASES = {
    "meet": ("card.png", ["meet", "이모", "--show", "card.png"], "card-2.png"),
    "meet, a name without its end": ("card.png", ["meet", "이모", "--show", "card"], "card-2.png"),
    "card": ("card.png", ["card", "이모", "--out", "card.png"], "card-2.png"),
    "read": ("face.jpg", ["read", "--save", "face.jpg"], "face-2.jpg"),
    "read, the second of two": ("face-2.jpg", ["read", "--save", "face.jpg"], "face-3.jpg"),
    "pack": ("bundle", ["carry", "pack", "bundle"], "bundle-2"),
    "pack, a sheet": ("bundle.png", ["carry", "pack", "bundle.png", "--exchanges", "1"], "bundle-2.png"),
    "address": ("box.address", ["carry", "address", "box.address"], "box-2.address"),
    "run, another file": ("answers", ["carry", "run", "sent", "answers"], "answers-2"),
    "run, the bundle itself": ("sent", ["carry", "run", "sent", "sent"], "sent-2"),
    "invite": ("inv.png", ["desk", "invite", "--community", "house", "--out", "inv"], "inv-2.png"),
    "invite, one of three": (
        "inv-3.png", ["desk", "invite", "--community", "house", "--out", "inv", "--count", "3"], "inv-2.png"
    ),
    "sheet": ("all.pdf", ["desk", "invite", "--community", "house", "--sheet", "all.pdf"], "all-2.pdf"),
    "introduce two": (
        "out/for-b.png", ["desk", "introduce", "a.png", "b.png", "--helper", "me", "--out", "out"], "out-2"
    ),
    "introduce one": ("out/from-a.png", ["desk", "introduce", "a.png", "--helper", "me", "--out", "out"], "out-2"),
    "backup": ("people.backup", ["backup", "people.backup"], "people-2.backup"),
    "certify": ("helper", ["desk", "certify", "--community", "own", "--name", "가", "--out", "helper"], "helper-2"),
}  # fmt: skip


def paths_of(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    for parameter in command.params:
        if isinstance(parameter.type, click.Path):
            yield name, str(parameter.name)
    for below in getattr(command, "commands", {}).values():
        yield from paths_of(below, f"{name} {below.name}")


def test_every_file_that_a_command_takes_is_known_here() -> None:
    root = click.Context(commands.sosik)
    found = set()
    for name in commands.COMMANDS:
        command = commands.sosik.get_command(root, name)
        assert command is not None
        found |= set(paths_of(command, name))
    assert found == READ | WRITTEN


@pytest.fixture
def sosik(
    two: tuple[Home, Home],
    drawing: Path,
    capsys: pytest.CaptureFixture[str],
    memory_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> CommandLine:
    """A daughter with two pictures of her mother's, in a folder with all that helpers and couriers need."""
    from client_cli.desk.helper import certify

    mother, daughter = two
    for _picture in range(2):
        write_picture(mother.vault, mother.person("딸"), make_picture(drawing, 1).body, NOW)
    carry(mother, daughter)
    work = memory_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    make_community(work / "house", NOW)
    certify(keeper(work / "own"), work / "me", "온누리", FAR - int(NOW // 86400), NOW, entropy(50))
    for seed, name in enumerate(("a.png", "b.png")):
        write_png(encode_card_text(make_card(CardKind.INTRODUCE, "", FAR, entropy(60 + seed)).card), work / name)
    (work / "sent").write_bytes(bytes(REQUEST_BYTES * 4))
    (work / "sent.address").write_text("sosik post box 1\nhttps://127.0.0.1:1/x\n" + "00" * 32 + "\n")
    return at_home(capsys, daughter)


def everything(folder: Path) -> dict[str, bytes]:
    return {os.fspath(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_there_stays_and_nothing_else_changes(sosik: CommandLine, two: tuple[Home, Home]) -> None:
    vault = two[1].vault
    for case, (there, typed, proposed) in CASES.items():
        Path(there).parent.mkdir(exist_ok=True)
        made = not Path(there).exists()
        if made:
            Path(there).write_bytes(b"mine")
        before, known = everything(Path()), people(vault)
        ran = sosik(*typed)
        assert ran.code == ExitCode.REFUSED, (case, ran)
        assert len(ran.err.splitlines()) == 1, (case, ran)
        assert ran.err.rstrip().endswith(" " + proposed), (case, ran)
        assert everything(Path()) == before, case
        assert people(vault) == known, case
        if made:
            Path(there).unlink()
    assert len(unread(vault)) == 2
    with vault.transaction() as tx:
        assert tx.all("SELECT 1 FROM bundle_exchanges", ()) == []


def test_a_courier_goes_on_with_whole_answers(sosik: CommandLine) -> None:
    Path("answers").write_bytes(bytes(ANSWER_BYTES))
    ran = sosik("carry", "run", "sent", "answers", "--send")
    assert ran.code == ExitCode.SOME_MISSING, ran
    assert Path("answers").stat().st_size == ANSWER_BYTES
