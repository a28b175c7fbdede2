"""Row 1: durable exchanges a second of one relay process (SQLite, synchronous FULL) against bare aiohttp.

Both sides answer the same load: 64 connections at a time, 6144 bytes up, 8192 bytes down, a new connection for
each, from a process of its own. The relay's answers wait for its deadline, which is 10 ms here (the least a roster
may say), so that 64 connections can keep it busy.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lab.bench.guest import Guest, NotYet
from lab.bench.load import post_once
from lab.bench.row import Row
from lab.processes.processes import Network, RelayProcess, end, environment
from protocol.community.tickets import make_ticket
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import curve_only
from protocol.profile import Profile
from protocol.seams import RelayId
from protocol.sizes import REQUEST_BYTES, RESPONSE_BYTES
from relay.home.directory import read_roster

CONNECTIONS = 64
BODIES_PER_SECOND = 4000
READY_S = 30.0
CONSTANTS = {"answer_ms": 10, "mean_hold_ms": 1000, "page_ms": 1000, "key_block_ms": 5000}


def load(port: int, path: str, bodies: Path, seconds: float) -> dict[str, float]:
    """Run the load generator once and return what it measured."""
    job = {
        "host": "127.0.0.1",
        "port": port,
        "path": path,
        "bodies": str(bodies),
        "body_bytes": REQUEST_BYTES,
        "answer_bytes": RESPONSE_BYTES[Profile.STANDARD],
        "connections": CONNECTIONS,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, "-m", "lab.bench.load"], input=json.dumps(job), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    result: dict[str, float] = json.loads(done.stdout)
    return result


async def enter(network: Network, path: str) -> Guest:
    """Enter the first relay by an invitation, as soon as its board holds a key block."""
    relay = RelayId(0)
    desk = (network.community / "desk.key").read_bytes()
    _, roster = read_roster(network.community / "roster")
    ticket = make_ticket(desk, roster.community_key, (relay, RelayId(1)), day_of(time.time()) + 30, os.urandom)

    async def ask(body: bytes) -> bytes:
        return await post_once(network.relays[0].port, path, body, RESPONSE_BYTES[Profile.STANDARD])

    end_at = time.monotonic() + READY_S
    while True:
        try:
            return await Guest.enter(
                ask, relay, curve_only(roster.relay(relay).door), ticket.encode(), roster.community_key, os.urandom
            )
        except NotYet:
            if time.monotonic() > end_at:
                raise
            await asyncio.sleep(0.5)


@dataclass(slots=True)
class Side:
    """One relay under load, and who is allowed to load it."""

    relay: RelayProcess
    path: str
    bodies: Path
    guest: Guest

    def write_bodies(self, turn: int, seconds: float) -> None:
        """Seal what one run posts: none of it was posted before."""
        count, now = int(BODIES_PER_SECOND * seconds), time.time()
        with self.bodies.open("wb") as out:
            for number in range(turn * count, (turn + 1) * count):
                out.write(self.guest.exchange(number, now, os.urandom))

    def rate(self, port: int, seconds: float) -> float:
        """Post them to a port; answers a second."""
        result = load(port, self.path, self.bodies, seconds)
        return result["answers"] / result["seconds"]


@contextmanager
def serving(folder: Path, *, store: str = "sqlite", workers: int = 1) -> Iterator[Side]:
    """Run the first relay of a community of its own, on this store."""
    network = Network.make(folder / "net", relays=3, constants=CONSTANTS, tls=False)
    relay = network.relays[0]
    relay.use_store(store)
    relay.workers = workers
    path = urlsplit(read_roster(network.community / "roster")[1].relay(RelayId(0)).url).path
    try:
        relay.start()
        yield Side(relay, path, folder / "bodies", asyncio.run(enter(network, path)))
    finally:
        network.stop()


def measure_exchanges(rounds: int, seconds: float) -> Row:
    """Measure both sides `rounds` times in turn."""
    with tempfile.TemporaryDirectory(prefix="sosik-bench-") as name:
        bare = subprocess.Popen(
            [sys.executable, "-m", "lab.bench.bare"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(PYTHONPATH=str(Path.cwd())),
        )
        try:
            assert bare.stdout is not None
            bare_port = int(bare.stdout.readline().split()[1])
            ours: list[float] = []
            theirs: list[float] = []
            with serving(Path(name)) as side:
                for turn in range(rounds):
                    side.write_bodies(turn, seconds)
                    ours.append(side.rate(side.relay.port, seconds))
                    theirs.append(side.rate(bare_port, seconds))
        finally:
            end(bare)
    return Row(
        "durable exchanges",
        statistics.median(ours),
        "1/s",
        statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "bare aiohttp, same sizes and connections",
        0.35,
    )
