"""Story 2, a checkpoint: what a device gives to who takes it, with and without the opening words, and after leaving.

Real processes. Three letters were read and one was kept; then `lock`. Every file is searched.
"""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.inbox.reading import unread
from client_cli.vault.vault import Vault
from lab.processes.processes import Member, Network, client_command, environment, run, wait_until

pytestmark = pytest.mark.long

LETTERS = ["강가에서 감자를 굽던 저녁", "외양간 옆 살구나무가 컸다", "이 편지는 남겨 두세요, 어머니"]
NAMES = {"community": "고향 소식", "mother": "그리운 어머니", "daughter": "하나뿐인 막내딸"}
WORDS = {"mother": "감자 옥수수 맷돌 외양간", "daughter": "강가 저녁 다리 등불"}


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Network, Member, Member, Path]]:
    """A network, mother and daughter who have met and are online, and the folder for temporary files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    network = Network.make(tmp_path / "net", name=NAMES["community"])
    mother, daughter = (Member(tmp_path / name, words) for name, words in WORDS.items())
    network.start()
    try:
        for member in (mother, daughter):
            member.run("setup", "--language", "ko", "--profile", "standard")
            member.run("join", network.invite(tmp_path / "invite.png"), "--yes")
            (tmp_path / "invite.png").unlink()
        mother.run("meet", NAMES["daughter"], "--show", tmp_path / "mother.png")
        daughter.run("meet", NAMES["mother"], "--scan", tmp_path / "mother.png", "--show", tmp_path / "daughter.png")
        mother.run("meet", NAMES["daughter"], "--scan", tmp_path / "daughter.png")
        for member in (mother, daughter):
            member.go_online()
        yield network, mother, daughter, temporary
    finally:
        for member in (mother, daughter):
            if member.process is not None:
                member.go_offline(signal.SIGKILL)
        network.stop()


def everything_in(folder: Path) -> bytes:
    return b"\n".join(
        str(path.relative_to(folder)).encode() + b"\n" + path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )


def readable_with_the_words(member: Member) -> bytes:
    """Every value of every table, sealed ones opened."""
    found: list[bytes] = []
    with Vault.open(member.home, member.words) as vault, vault.transaction() as tx:
        for (table,) in tx.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
            columns = [row[1] for row in tx.all(f"PRAGMA table_info({table})")]
            for row in tx.all(f"SELECT * FROM {table}"):  # noqa: S608
                for column, value in zip(columns, row, strict=True):
                    opened = value
                    if column.startswith("sealed_") and value is not None:
                        opened = tx.box.open(table, row[0], column, value)
                    found.append(opened if isinstance(opened, bytes) else str(opened).encode())
    return b"\n".join(found)


def forms(text: str) -> list[bytes]:
    return [text.encode(), text.encode("utf-16-le"), json.dumps(text).encode()]


@pytest.mark.timeout(600)
def test_a_checkpoint_finds_nothing_without_the_words_and_with_them_the_kept_letter_alone(
    family: tuple[Network, Member, Member, Path], tmp_path: Path
) -> None:
    network, mother, daughter, temporary = family
    for text in LETTERS:
        daughter.run("write", NAMES["mother"], "-", text=text)
    with Vault.open(mother.home, mother.words) as vault:
        wait_until("three letters", lambda: len(unread(vault)) == len(LETTERS), 240)
    kept = mother.json("letters")["new"][-1]["number"]
    mother.run("keep", str(kept))
    shown = mother.run("read")
    assert all(text in shown for text in LETTERS)
    run(client_command("lock", "--home", mother.home), env=environment())  # without the words
    assert mother.process is not None
    assert mother.process.poll() is None  # sending and collecting goes on

    # Without the opening words.
    relays = [f"localhost:{relay.port}" for relay in network.relays]
    hidden = [*LETTERS, *NAMES.values(), *relays, *(relay.split(":")[1] for relay in relays), mother.words]
    taken = everything_in(mother.home)
    assert [text for text in hidden for form in forms(text) if form in taken] == []
    assert list(temporary.iterdir()) == []

    # With them: of the letters only the one that was kept.
    readable = readable_with_the_words(mother)
    assert [text for text in LETTERS if text.encode() in readable] == [LETTERS[-1]]
    (one,) = json.loads(mother.run("read", "--kept", "--json"))["letters"]
    assert one["text"] == LETTERS[-1]
    assert json.loads(mother.run("read", "--json"))["letters"] == []

    # After leaving: nothing.
    mother.go_offline()
    run(client_command("leave", "--home", mother.home, "--confirm", "leave"), env=environment())
    left = [path.name for path in mother.home.rglob("*")] if mother.home.exists() else []
    assert set(left) <= {"said"}  # what this test caught of the output of `sosik online`
    rest = everything_in(mother.home) if mother.home.exists() else b""
    assert [text for text in hidden for form in forms(text) if form in rest] == []
    assert list(temporary.iterdir()) == []
    assert mother.run("read", expect=4) == ""
