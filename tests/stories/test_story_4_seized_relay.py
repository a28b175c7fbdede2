"""Story 4, a relay is seized: with its disk and all its keys in hand there is what `inspect` said, and letters go on.

Real processes. The relay that is taken is the guard of both people, the one that knows most.
"""

import re
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.inbox.reading import unread
from client_cli.vault.vault import Vault
from lab.faults.search import secrets_of
from lab.processes.processes import Member, Network, wait_until
from protocol.errors import ProtocolError
from protocol.primitives.sealed_box import open_box

pytestmark = pytest.mark.long

WORDS = {"mother": "감자 옥수수 맷돌 외양간", "daughter": "강가 저녁 다리 등불"}
NAMES = {"mother": "그리운 어머니", "daughter": "하나뿐인 막내딸"}
BEFORE, AFTER, BACK = "우편함이 모두 있을 때 쓴 편지", "우편함 하나가 사라진 뒤에 쓴 편지", "그래도 닿았습니다"


@pytest.fixture
def family(tmp_path: Path) -> Iterator[tuple[Network, Member, Member]]:
    network = Network.make(tmp_path / "net", relays=4, guards=2)
    mother, daughter = (Member(tmp_path / name, words) for name, words in WORDS.items())
    network.start()
    try:
        for member in (mother, daughter):
            member.run("setup", "--language", "ko", "--profile", "standard")
            member.run("join", network.invite(tmp_path / f"{member.home.name}-invite.png"), "--yes")
        mother.run("meet", NAMES["daughter"], "--show", tmp_path / "mother.png")
        daughter.run("meet", NAMES["mother"], "--scan", tmp_path / "mother.png", "--show", tmp_path / "daughter.png")
        mother.run("meet", NAMES["daughter"], "--scan", tmp_path / "daughter.png")
        for member in (mother, daughter):
            member.go_online()
        yield network, mother, daughter
    finally:
        for member in (mother, daughter):
            if member.process is not None:
                member.go_offline(signal.SIGKILL)
        network.stop()


def arrive(reader: Member, text: str) -> None:
    with Vault.open(reader.home, reader.words) as vault:
        wait_until(f"the letter: {text}", lambda: len(unread(vault)) == 1, 240)
    assert text in reader.run("read")


def told(inspected: str) -> dict[str, int]:
    """Tables and their rows as `inspect` printed them."""
    return {name: int(rows.replace(",", "")) for name, rows in re.findall(r"^(\w+): ([\d,]+) rows?", inspected, re.M)}


def everything_of(member: Member) -> dict[str, bytes]:
    """What would tell that a cell, a shelf or a packet is this person's."""
    with Vault.open(member.home, member.words) as vault:
        return secrets_of(member.home.name, vault)


@pytest.mark.timeout(600)
def test_a_seized_relay_is_what_inspect_said_and_letters_go_on_over_the_others(
    family: tuple[Network, Member, Member],
) -> None:
    network, mother, daughter = family
    daughter.run("write", NAMES["mother"], "-", text=BEFORE)
    arrive(mother, BEFORE)

    # Taken as it runs, without a word of warning.
    seized = network.relays[0]
    seized.stop(signal.SIGKILL)
    secrets = everything_of(mother) | everything_of(daughter)
    inspected = seized.inspect()

    with sqlite3.connect(seized.directory / "relay.db") as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608
        counted = told(inspected)
        assert {name: counted.get(name) for name in rows} == rows
        for name in tables:
            for column in database.execute(f"PRAGMA table_info({name})"):
                assert column[1] in inspected, (name, column[1])
        # All of its keys open nothing that is stored with it.
        keys = [bytes(secret)[:32] for (secret,) in database.execute("SELECT secret FROM keys")]
        keys.append((seized.directory / "door.key").read_bytes()[:32])
        bodies = [bytes(body) for (body,) in database.execute("SELECT body FROM packets LIMIT 40")]
        bodies += [bytes(body) for (body,) in database.execute("SELECT cell FROM cells LIMIT 40")]
    assert bodies
    for body in bodies:
        for key in keys:
            with pytest.raises(ProtocolError):
                open_box(key, body)

    disk = b"".join(path.read_bytes() for path in sorted(seized.directory.iterdir()) if path.name != "relay.toml")
    named = {text: text.encode() for text in (BEFORE, *NAMES.values(), "127.0.0.1")} | secrets
    assert [what for what, value in named.items() if value in disk] == []

    # The others go on.
    daughter.run("write", NAMES["mother"], "-", text=AFTER)
    mother.run("write", NAMES["daughter"], "-", text=BACK)
    arrive(mother, AFTER)
    arrive(daughter, BACK)
