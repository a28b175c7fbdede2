"""Strangers who hold connections open at a real relay: what each costs it, and what its members notice."""

import asyncio
import json
import re
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import Popen

import pytest

from lab.hostile.wire import plain_context
from protocol.primitives.hybrid_box import curve_only
from protocol.routes.exchange import Status, open_response, seal_request
from relay.home.config import load_config
from tests.kits.relaykit import ENTROPY, Ready, make_relay, request_of, running
from tests.kits.shellkit import exchange_seeing_records, post

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and comes from 127.0.0.2")

SILENT, SECURE = 400, 150
SILENT_KB, SECURE_KB = 10, 90
"""Most that a connection costs before a word was said, and once TLS is there. asyncio alone takes 256 kB for TLS."""
MEMBER, STRANGER = "127.0.0.2", "127.0.0.1"
SOON_S = 5.0
"""`python -m lab.bench.strangers` measures less than two; tests run beside others."""


@pytest.fixture
def relay(tmp_path: Path) -> Ready:
    """A relay of a community of one."""
    return make_relay(tmp_path, {"answer_ms": 100})


def resident_kb(process: Popen[str]) -> int:
    """Memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text("ascii"))
    assert found is not None
    return int(found[1])


def soft_limit(process: Popen[str]) -> int:
    """How many it may have open."""
    found = re.search(r"Max open files\s+(\d+)", Path(f"/proc/{process.pid}/limits").read_text("ascii"))
    assert found is not None
    return int(found[1])


@contextmanager
def silent(port: int, count: int) -> Iterator[None]:
    """So many connections of one stranger that never say a word."""
    with ExitStack() as held:
        for _ in range(count):
            held.enter_context(socket.create_connection(("127.0.0.1", port), source_address=(STRANGER, 0)))
        yield


@contextmanager
def secure(port: int, count: int) -> Iterator[None]:
    """So many that shake hands and say nothing else."""
    context = plain_context()
    with ExitStack() as held:
        for _ in range(count):
            raw = socket.create_connection(("127.0.0.1", port), source_address=(STRANGER, 0))
            held.enter_context(context.wrap_socket(raw))
        yield


async def exchange(relay: Ready, port: int, source: str) -> float:
    """Make an exchange that the relay answers; the seconds that it took."""
    asked = request_of(relay)
    body = seal_request(replace(asked, next_shelf=asked.shelf), curve_only(relay.roster.relays[0].door), ENTROPY)
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(4 * SOON_S):
        seen = await exchange_seeing_records(port, post(load_config(relay.directory).listen.path, body), source)
    assert open_response(asked.response_key, seen.answer.partition(b"\r\n\r\n")[2]).status is Status.OK
    return asyncio.get_running_loop().time() - began


async def test_a_connection_costs_little_whether_it_says_a_word_or_not(relay: Ready) -> None:
    with running(relay.directory, open_files=(256, 2048)) as (port, process):
        assert soft_limit(process) == 2048, "raised to the hard one at the start"
        await exchange(relay, port, MEMBER)
        with secure(port, 10):
            pass
        before_kb = resident_kb(process)
        with silent(port, SILENT):
            await exchange(relay, port, MEMBER)
            quiet_kb = resident_kb(process)
            with secure(port, SECURE):
                await exchange(relay, port, MEMBER)
                secure_kb = resident_kb(process)
    assert (quiet_kb - before_kb) / SILENT < SILENT_KB
    assert (secure_kb - quiet_kb) / SECURE < SECURE_KB


async def test_descriptors_never_run_out_and_members_are_answered_meanwhile(relay: Ready) -> None:
    with running(relay.directory, open_files=(256, 256)) as (port, process):
        with silent(port, SILENT):
            took_s = [await exchange(relay, port, source) for source in (MEMBER, STRANGER, MEMBER, STRANGER)]
        with secure(port, 90):
            took_s += [await exchange(relay, port, source) for source in (MEMBER, MEMBER)]
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert max(took_s) < SOON_S
    lines = Counter((line["event"], line.get("reason")) for line in map(json.loads, log.splitlines()))
    assert lines["doors_full", "machine"] == 0, "there was a descriptor for everybody"
    assert lines["doors_full", "outside"] == lines["doors_full", "inside"] == 2, "one, and how often it was left out"
    assert {count for line, count in lines.items() if "doors_full" not in line} == {1}
    assert STRANGER not in log
