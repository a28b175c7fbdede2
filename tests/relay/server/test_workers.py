"""`sosik-relay run --workers`: one program to whoever starts it, several processes that share a socket and a store."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes.postgres import PASSWORD, PASSWORD_IN_URL, Cluster
from lab.processes.processes import CommandFailed, Network, RelayProcess, environment, relay_command, run, wait_until
from relay.server.workers import WorkerPlace
from tests.conftest import on_postgres

pytestmark = on_postgres


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayProcess]:
    """A relay that is alone in its community, not started."""
    network = Network.make(tmp_path / "net", relays=1, tls=False)
    try:
        yield network.relays[0]
    finally:
        network.stop()


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False


def test_workers_live_and_end_with_the_program_and_a_killed_one_is_replaced(
    relay: RelayProcess, postgres: Cluster
) -> None:
    relay.use_store(postgres.new_database())
    assert "no tables yet" in run(relay_command("doctor", relay.directory), env=environment())
    relay.workers = 2
    relay.start()
    first = relay.worker_pids()
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    wait_until("a new worker", lambda: len(set(relay.worker_pids()) - {first[0]}) == 2, 60)
    # Its own tools work beside it, and nobody tells the password.
    assert "holder" in relay.inspect()
    doctor = run(relay_command("doctor", relay.directory), env=environment())
    assert "ok       store: PostgreSQL" in doctor
    said = (relay.directory / "said").read_text("utf-8")
    assert not any(word in said + doctor + relay.inspect() for word in (PASSWORD, PASSWORD_IN_URL))
    second = relay.worker_pids()
    assert relay.process is not None
    relay.process.kill()
    relay.process.wait()
    wait_until("the workers have ended", lambda: not any(is_alive(pid) for pid in second), 60)


def test_a_program_that_is_told_to_end_ends_well_with_all_its_workers(relay: RelayProcess, postgres: Cluster) -> None:
    relay.use_store(postgres.new_database())
    relay.workers = 2
    relay.start()
    workers = relay.worker_pids()
    assert len(workers) == 2
    assert relay.stop() == 0
    assert not any(is_alive(pid) for pid in workers)


def test_more_than_one_process_on_sqlite_is_refused_in_a_sentence(relay: RelayProcess) -> None:
    relay.workers = 2
    with pytest.raises(CommandFailed, match="Several processes need a PostgreSQL store"):
        relay.start()


def test_a_database_that_is_away_ends_the_start_with_a_sentence(relay: RelayProcess, postgres: Cluster) -> None:
    url = postgres.url("no_such_database")
    relay.use_store(url)
    with pytest.raises(CommandFailed, match="cannot be reached") as failed:
        relay.start()
    assert not any(word in str(failed.value) for word in (PASSWORD, PASSWORD_IN_URL, "no_such_database", "Traceback"))
    trouble = run(relay_command("doctor", relay.directory), env=environment(), expect=9)
    assert "TROUBLE  store: " in trouble


def test_a_place_is_read_as_it_is_written() -> None:
    assert WorkerPlace.parse(str(WorkerPlace(1, 5, 6))) == WorkerPlace(1, 5, 6)
    for wrong in ("", "1:2", "1:2:3:4", "a:b:c"):
        with pytest.raises(ValueError, match=r"."):
            WorkerPlace.parse(wrong)
