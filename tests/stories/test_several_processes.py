"""A relay of two processes on PostgreSQL between two ordinary ones: letters there and back through every mishap.

A process is killed, another one stands still, and the database is restarted under them as after a crash; no letter is
lost and none comes twice.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from client_cli.inbox.reading import unread
from client_cli.outbox.letters import LetterStatus, letters, write_letter
from client_cli.people.contacts import require_person
from client_cli.vault.vault import Vault
from lab.processes.postgres import Cluster
from lab.processes.processes import Member, Network, wait_until
from tests.conftest import on_postgres
from tests.stories.test_invariant_3_kill import FAST, WORDS

pytestmark = [on_postgres, pytest.mark.long, pytest.mark.timeout(1200)]

LETTERS_EACH = 4
PATIENCE_S = 900.0


@pytest.fixture
def network(tmp_path: Path, postgres: Cluster) -> Iterator[Network]:
    """Three relays; the first, which is everybody's guard, is two processes on PostgreSQL."""
    made = Network.make(tmp_path / "net", constants=FAST)
    made.relays[0].use_store(postgres.new_database())
    made.relays[0].workers = 2
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def vaults(tmp_path: Path, network: Network) -> Iterator[dict[str, Vault]]:
    """Two people who have met, online."""
    members = {name: Member(tmp_path / name, words) for name, words in WORDS.items()}
    for name, member in members.items():
        member.run("setup", "--language", "ko", "--profile", "standard")
        member.run("join", network.invite(tmp_path / f"{name}-invite.png"), "--yes")
    for step in ("show", "scan"):
        for me, them in (("mother", "daughter"), ("daughter", "mother")):
            picture = tmp_path / f"{me if step == 'show' else them}.png"
            members[me].run("meet", them, f"--{step}", picture)
    opened = {name: Vault.open(member.home, member.words) for name, member in members.items()}
    for member in members.values():
        member.go_online()
    try:
        yield opened
    finally:
        for vault in opened.values():
            vault.close()
        for member in members.values():
            member.go_offline(signal.SIGKILL)


def texts_of(name: str, part: int) -> list[str]:
    return [f"{name} {part}: 소식 {number}" for number in range(LETTERS_EACH)]


def write(vaults: dict[str, Vault], part: int) -> None:
    for name, vault in vaults.items():
        [other] = set(vaults) - {name}
        for text in texts_of(name, part):
            write_letter(vault, require_person(vault, other), text, time.time())


def all_arrived(vaults: dict[str, Vault]) -> bool:
    return all(
        state.status is LetterStatus.ARRIVED for vault in vaults.values() for state in letters(vault, time.time())
    )


def test_no_letter_is_lost_or_doubled_by_dead_processes_and_a_restarted_database(
    network: Network, vaults: dict[str, Vault], postgres: Cluster
) -> None:
    guard = network.relays[0]
    write(vaults, 0)
    first = guard.worker_pids()
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    wait_until("another process in the place of the killed one", lambda: len(guard.worker_pids()) == 2, 30)
    write(vaults, 1)
    postgres.restart(signal.SIGQUIT)
    write(vaults, 2)
    stopped = guard.worker_pids()[0]
    os.kill(stopped, signal.SIGSTOP)
    time.sleep(2)
    os.kill(stopped, signal.SIGCONT)
    wait_until("every letter acknowledged", lambda: all_arrived(vaults), PATIENCE_S)
    for name, vault in vaults.items():
        [other] = set(vaults) - {name}
        got = [letter.text for letter in unread(vault, None)]
        assert got == [text for part in range(3) for text in texts_of(other, part)]
    assert guard.process is not None
    assert guard.process.poll() is None
    said = (guard.directory / "said").read_text("utf-8")
    assert postgres.url("").partition("@")[0].rpartition(":")[2] not in said
    assert "Traceback" not in said
    assert "packets:" in guard.inspect()
    assert guard.stop() == 0
