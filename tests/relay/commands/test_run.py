"""`sosik-relay run` ends with one sentence and a documented code for whatever is wrong."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from protocol.primitives.days import DAY_S
from relay.core.service import RelayService
from relay.errors import ClockLeapt, ConfigProblem
from relay.events import NoEvents
from relay.home.directory import load_relay
from relay.seams import SystemClock
from relay.store.open import open_store
from tests.kits.operators import add_an_unknown_key, call
from tests.kits.relaykit import ENTROPY, make_relay, running


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (add_an_unknown_key, 3, "unknown key log.colour"),
        (lambda relay: (relay / "relay.toml").unlink(), 3, "sosik-relay init"),
        (lambda relay: relay.chmod(0o755), 4, "chmod 700"),
        (lambda relay: (relay / "access.key").chmod(0o640), 4, "chmod 600"),
        (lambda relay: (relay / "roster").unlink(), 5, "no roster"),
        (lambda relay: (relay / "roster").write_bytes(b"x" * 200), 5, "not a valid roster"),
    ],
)
def test_run_ends_with_a_sentence_and_a_code(relay: Path, spoil, code: int, words: str) -> None:  # type: ignore[no-untyped-def]
    spoil(relay)
    result = call("run", relay)
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert "Traceback" not in result.output


def test_the_code_says_it_where_the_sentence_cannot_be_written(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-m", "relay", "run", tmp_path], stderr=full, check=False)
    assert done.returncode == ConfigProblem.exit_code


async def _begin_at(directory: Path, now: float) -> None:
    """As if the relay had run at `now`."""
    loaded = load_relay(directory)
    store = await open_store(directory, loaded.config, ENTROPY)
    core = await RelayService.open(store, loaded.keys, loaded.roster_bytes, loaded.access, ENTROPY, now, NoEvents())
    await core.close()


def test_a_clock_that_has_leapt_starts_nothing_until_the_operator_says_that_it_is_right(tmp_path: Path) -> None:
    directory = make_relay(tmp_path, {}, days_ago=40).directory
    asyncio.run(_begin_at(directory, SystemClock().now() - 40 * DAY_S))
    before = (directory / "relay.db").read_bytes()
    result = call("run", directory)
    assert (result.exit_code, "--clock-is-right" in result.output) == (ClockLeapt.exit_code, True), result.output
    assert (directory / "relay.db").read_bytes() == before
    assert call("run", directory, "--clock-is-right", "--workers", "2").exit_code == 2
    with running(directory, "--clock-is-right") as (_, process):
        process.terminate()
        assert process.wait(30) == 0
    with running(directory) as (_, process):
        process.terminate()
        assert process.wait(30) == 0
