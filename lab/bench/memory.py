"""Rows: memory (resident, MB) of a running `sosik online` and of an idle relay, against a Python that imports aiohttp.

A small quick network on this machine, the client joined and through its first exchanges; no letters. Linux only: the
numbers come from /proc. Aim for `sosik online`: 60 MB where the bare side takes 35.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lab.bench.row import Row
from lab.processes.processes import Member, Network, end, environment, wait_until

AGAINST = "a Python that imports aiohttp and asyncio"
BARE_MB = 35.0
ONLINE_MB = 60.0
RELAY_MB = 70.0
SETTLED_S = 5.0  # after the first exchanges; what they import is loaded then
PATIENCE_S = 60.0
BARE = "import asyncio, sys, aiohttp\nprint('ready', flush=True)\nsys.stdin.read()\n"


def resident_mb(pid: int) -> float:
    """Resident memory of a process in MB (10^6 bytes)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6


def _bare_mb() -> float:
    process = subprocess.Popen(
        [sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=environment()
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        return resident_mb(process.pid)
    finally:
        end(process)


def measure_memory() -> list[Row]:
    """Measure each once: memory hardly differs from run to run."""
    bare = _bare_mb()
    with tempfile.TemporaryDirectory(prefix="sosik-bench-") as name:
        network = Network.make(Path(name) / "network")
        member = Member(Path(name) / "member", "네 개의 여는 말")
        try:
            network.start()
            member.run("setup", "--language", "ko", "--profile", "standard")
            member.run("join", network.invite(Path(name) / "invitation.png"), "--yes")
            member.go_online()
            wait_until("the client has joined", lambda: member.json("status")["loops_returned"] > 0, PATIENCE_S, 2.0)
            time.sleep(SETTLED_S)
            assert member.process is not None
            online = resident_mb(member.process.pid)
            idle = network.relays[-1].process
            assert idle is not None
            relay = resident_mb(idle.pid)
        finally:
            if member.process is not None:
                member.go_offline()
            network.stop()
    return [
        Row("memory of online", online, "MB", bare / online, AGAINST, BARE_MB / ONLINE_MB),
        Row("memory of a relay", relay, "MB", bare / relay, AGAINST, BARE_MB / RELAY_MB),
    ]
