"""Invariant 3: acknowledged means durable - with real processes that are killed at random moments.

Letters go both ways while relays and clients are killed with SIGKILL and started again. Each one arrives exactly once,
in order and unchanged. Afterwards the relays' disks are searched for what may not be on them. Two hundred letters and
thirty kills are a story of minutes (`make stories`); a few of each go the same way in every run.
"""

import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.inbox.reading import unread
from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.people.contacts import require_person
from client_cli.vault.vault import Vault
from lab.faults.search import look, secrets_of
from lab.processes.processes import Member, Network, wait_until

PATIENCE_S = 600.0
FAST = {
    "mean_hold_ms": 200,
    "reply_hold_ms": 200,
    "page_ms": 1000,
    "pages_per_seal": 5,
    "key_block_ms": 5000,
    "link_tick_ms": 50,
    "answer_ms": 20,
    "metered_slot_ms": 200,
    "standard_slot_ms": 200,
    "guarded_slot_ms": 200,
    "retry_ms": 4000,
    "ack_wait_ms": 400,
    "ask_again_ms": 3000,
}
WORDS = {"mother": "감자 옥수수 맷돌 외양간", "daughter": "강가 저녁 다리 등불"}


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    made = Network.make(tmp_path / "net", constants=FAST)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def pair(tmp_path: Path, network: Network) -> Iterator[dict[str, Member]]:
    members = {name: Member(tmp_path / name, words) for name, words in WORDS.items()}
    for name, member in members.items():
        member.run("setup", "--language", "ko", "--profile", "standard")
        member.run("join", network.invite(tmp_path / f"{name}-invite.png"), "--yes")
    for me, them in (("mother", "daughter"), ("daughter", "mother")):
        members[me].run("meet", them, "--show", tmp_path / f"{me}.png")
    for me, them in (("mother", "daughter"), ("daughter", "mother")):
        members[me].run("meet", them, "--scan", tmp_path / f"{them}.png")
    try:
        yield members
    finally:
        for member in members.values():
            if member.process is not None:
                member.go_offline(signal.SIGKILL)


def texts_of(name: str, letters_each: int) -> list[str]:
    return [f"{name} 편지 {number}: " + "보고 싶은 얼굴 " * (number % 7) for number in range(letters_each)]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("letters_each", "kills", "at_most_s"),
    [pytest.param(6, 6, 1.5, id="few"), pytest.param(100, 30, 4.0, id="many", marks=pytest.mark.long)],
)
def test_every_letter_arrives_exactly_once_in_order_though_everything_is_killed(
    network: Network, pair: dict[str, Member], letters_each: int, kills: int, at_most_s: float
) -> None:
    chance = random.Random(20261122)
    other = {"mother": "daughter", "daughter": "mother"}
    vaults = {name: Vault.open(member.home, member.words) for name, member in pair.items()}
    try:
        for member in pair.values():
            member.go_online()
        for number in range(letters_each):
            for name, vault in vaults.items():
                text = texts_of(name, letters_each)[number]
                write_letter(vault, require_person(vault, other[name]), text, time.time())
        for _ in range(kills):
            time.sleep(chance.uniform(0.5, at_most_s))
            if chance.random() < 0.5:
                relay = chance.choice(network.relays)
                relay.stop(signal.SIGKILL)
                relay.start()
            else:
                member = chance.choice(list(pair.values()))
                member.go_offline(signal.SIGKILL)
                member.go_online()
        wait_until("every letter there and acked", lambda: all(map(all_arrived, vaults.values())), PATIENCE_S)
        got = {name: [letter.text for letter in unread(vault, None)] for name, vault in vaults.items()}
        for name in vaults:
            assert got[name] == texts_of(other[name], letters_each)
    finally:
        for vault in vaults.values():
            vault.close()
    search_disks(network, pair, letters_each)


def all_arrived(vault: Vault) -> bool:
    return all(letter.status is LetterStatus.ARRIVED for letter in letters(vault, time.time()))


def search_disks(network: Network, pair: dict[str, Member], letters_each: int) -> None:
    """No relay's files hold a name, a text, an address, a take, a raw shelf id or a key of a client."""
    forbidden: dict[str, bytes] = {"the loopback address": b"127.0.0.1"}
    for name, member in pair.items():
        forbidden[f"name {name}"] = name.encode()
        for number, text in enumerate(texts_of(name, letters_each)):
            forbidden[f"letter {number} of {name}"] = text.encode()
        with Vault.open(member.home, member.words) as vault:
            forbidden |= secrets_of(name, vault)
    for relay in network.relays:
        if relay.process is not None:
            relay.stop()
        look(relay.directory, forbidden)
