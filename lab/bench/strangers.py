"""Rows: memory (resident, MB) of a relay with TLS, and the exchanges of its members, under 5,000 strangers.

A third of the strangers never say a word, a third say a whole ClientHello and nothing more, a third shake hands and
are silent then; whoever is closed comes back a second later (`lab.bench.holding`). A member makes an exchange twice a
second, in turn from an address of its own and from that of the strangers. `python -m lab.bench.strangers` is one such
run of ten minutes, with what the relay logged. Linux only: memory from /proc, addresses of 127.0.0.0/8.
"""

import argparse
import asyncio
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lab.bench.against import processor_s
from lab.bench.exchanges import READY_S
from lab.bench.guest import Guest, NotYet
from lab.bench.holding import KINDS
from lab.bench.load import head_of
from lab.bench.memory import resident_mb
from lab.bench.row import Row
from lab.hostile.wire import plain_context
from lab.processes.processes import Network, environment
from protocol.community.tickets import make_ticket
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import curve_only
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.sizes import RESPONSE_BYTES
from relay.home.directory import read_roster

STRANGERS = 5000
CONSTANTS = {"mean_hold_ms": 1000, "page_ms": 1000, "key_block_ms": 5000}
SOURCES = ("127.0.0.2", "127.0.0.1")
EVERY_S = 0.5
CALM = 10
GIVEN_UP_S = 20.0
IDLE_MB, MOST_MB = 70.0, 200.0
CALM_S, MOST_S = 0.3, 2.0


@dataclass(slots=True)
class Seen:
    """What was measured."""

    idle_mb: float = 0.0
    most_mb: float = 0.0
    processor_share: float = 0.0
    calm_s: list[float] = field(default_factory=list)
    took_s: dict[str, list[float]] = field(default_factory=lambda: {source: [] for source in SOURCES})
    failed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SOURCES, 0))
    strangers: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Door:
    """How members reach the relay: a TLS connection for each exchange."""

    port: int
    path: str
    context: ssl.SSLContext = field(default_factory=plain_context)

    async def ask(self, body: bytes, source: str = SOURCES[0]) -> bytes:
        """One exchange; ConnectionError if it is not answered in full."""
        async with asyncio.timeout(GIVEN_UP_S):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self.port, ssl=self.context, local_addr=(source, 0)
            )
            try:
                writer.write(head_of("localhost", self.path, len(body)) + body)
                answer = (await reader.read(1 << 20)).partition(b"\r\n\r\n")[2]
                while chunk := await reader.read(1 << 20):
                    answer += chunk
            finally:
                writer.transport.abort()
        if len(answer) != RESPONSE_BYTES[Profile.STANDARD]:
            raise ConnectionResetError
        return answer


async def _enter(network: Network, door: Door) -> Guest:
    relay = RelayId(0)
    _, roster = read_roster(network.community / "roster")
    desk = (network.community / "desk.key").read_bytes()
    ticket = make_ticket(desk, roster.community_key, (relay, RelayId(1)), day_of(time.time()) + 30, os.urandom)
    async with asyncio.timeout(READY_S):
        while True:
            try:
                return await Guest.enter(
                    door.ask,
                    relay,
                    curve_only(roster.relay(relay).door),
                    ticket.encode(),
                    roster.community_key,
                    os.urandom,
                )
            except NotYet:
                await asyncio.sleep(EVERY_S)


async def _watch(network: Network, seconds: float, count: int) -> Seen:
    relay = network.relays[0]
    assert relay.process is not None
    _, roster = read_roster(network.community / "roster")
    door = Door(relay.port, urlsplit(roster.relay(RelayId(0)).url).path)
    guest = await _enter(network, door)
    seen, number = Seen(), 0

    async def timed(source: str) -> float:
        nonlocal number
        body, number = guest.exchange(number, time.time(), os.urandom), number + 1
        began = time.perf_counter()
        await door.ask(body, source)
        return time.perf_counter() - began

    for _ in range(CALM):
        seen.calm_s.append(await timed(SOURCES[0]))
    seen.idle_mb = seen.most_mb = resident_mb(relay.process.pid)
    strangers = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "lab.bench.holding"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(PYTHONPATH=str(Path.cwd())),
    )
    assert strangers.stdin is not None
    assert strangers.stdout is not None
    shares = {kind: (count + place) // len(KINDS) for place, kind in enumerate(KINDS)}
    strangers.stdin.write(json.dumps({"port": relay.port, **shares}).encode() + b"\n")
    held = asyncio.create_task(strangers.stdout.readline())
    began, used_s = time.perf_counter(), processor_s(relay.process.pid)
    end_at = began + seconds
    turn = 0
    # While they come as well: that is the worst of it.
    while time.perf_counter() < end_at or not held.done():
        source, turn = SOURCES[turn % 2], turn + 1
        try:
            seen.took_s[source].append(await timed(source))
        except (OSError, asyncio.IncompleteReadError):
            seen.failed[source] += 1
        seen.most_mb = max(seen.most_mb, resident_mb(relay.process.pid))
        await asyncio.sleep(EVERY_S)
    seen.processor_share = (processor_s(relay.process.pid) - used_s) / (time.perf_counter() - began)
    strangers.stdin.close()
    seen.strangers = json.loads(await strangers.stdout.readline())
    await strangers.wait()
    return seen


def watch(seconds: float, count: int = STRANGERS) -> Seen:
    """Run a relay under that many strangers for so long."""
    with tempfile.TemporaryDirectory(prefix="sosik-bench-") as name:
        network = Network.make(Path(name), constants=CONSTANTS)
        try:
            network.relays[0].start()
            seen = asyncio.run(_watch(network, seconds, count))
        finally:
            network.stop()
        seen.log = (network.relays[0].directory / "said").read_text("utf-8").splitlines()
    return seen


def measure_strangers(seconds: float) -> list[Row]:
    """Measure once. An exchange that failed took as long as a client waits."""
    seen = watch(seconds)
    own, shared = SOURCES
    slowest_s = max([*seen.took_s[own], *[GIVEN_UP_S] * seen.failed[own]])
    calm_s, answered = statistics.median(seen.calm_s), len(seen.took_s[shared])
    share = answered / (answered + seen.failed[shared])
    return [
        Row(
            f"memory under {STRANGERS} strangers",
            seen.most_mb,
            "MB",
            seen.idle_mb / seen.most_mb,
            "the same relay before",
            IDLE_MB / MOST_MB,
        ),
        Row("slowest exchange meanwhile", 1000 * slowest_s, "ms", calm_s / slowest_s, "median before", CALM_S / MOST_S),
        Row("answered at the strangers' address", 100 * share, "%", share, "all that were asked", 0.9),
    ]


def main() -> None:
    """Run once and print all that was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long they hold")
    parser.add_argument("--strangers", type=int, default=STRANGERS, help="how many there are")
    options = parser.parse_args()
    seen = watch(options.seconds, options.strangers)
    print(f"memory: {seen.idle_mb:.0f} MB before, {seen.most_mb:.0f} MB at most")
    print(f"processor: {seen.processor_share:.0%} of a core")
    print(f"strangers: {seen.strangers['opened']} connections opened, {seen.strangers['closed']} closed")
    print(f"exchange before: {1000 * statistics.median(seen.calm_s):.0f} ms (median)")
    for source, whose in zip(SOURCES, ("an address of its own", "the strangers' address"), strict=True):
        took_ms = sorted(round(1000 * one) for one in seen.took_s[source])
        print(
            f"exchange from {whose}: {len(took_ms)} answered, {seen.failed[source]} not; "
            f"{statistics.median(took_ms)} ms (median), {took_ms[len(took_ms) * 99 // 100]} ms (99 %), "
            f"{took_ms[-1]} ms (slowest)"
        )
    print(f"lines logged: {len(seen.log)}", *seen.log, sep="\n")


if __name__ == "__main__":
    main()
