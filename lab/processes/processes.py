"""Real `sosik-relay` and `sosik` processes on this machine, for the demo, the benchmarks and the tests of whole
stories.

Everything goes through the commands that people type. Processes listen on 127.0.0.1 and die with whoever started
them.
"""

import contextlib
import ctypes
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final, Self

READY_S = 30.0
COMMAND_S = 60.0
# A network that is quick enough to watch; the code is the same for every roster.
QUICK: Mapping[str, int] = {
    "mean_hold_ms": 600,
    "reply_hold_ms": 600,
    "page_ms": 1000,
    "pages_per_seal": 5,
    "key_block_ms": 5000,
    "link_tick_ms": 100,
    "answer_ms": 50,
    "metered_slot_ms": 1000,
    "standard_slot_ms": 400,
    "guarded_slot_ms": 400,
    "retry_ms": 15_000,
    "ack_wait_ms": 1000,
    "ask_again_ms": 10_000,
}


# Below the ports of outgoing connections, on Linux (32768 on) and by IANA (49152 on).
LISTENING_PORTS: Final = (10_240, 32_768)


class CommandFailed(Exception):
    """A command ended with another code than the caller expects; the text is what it said."""


_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Let the kernel kill this new process when whoever started it is gone, even by SIGKILL (Linux; prctl(2))."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on at the moment.

    It is none that systems give to outgoing connections: one of those would take it while a relay is started anew.
    """
    while True:
        port = random.SystemRandom().randrange(*LISTENING_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def environment(**more: str) -> dict[str, str]:
    """Return a plain environment: no home of the person who runs this, UTF-8, no colours."""
    keep = ("PATH", "LANG", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
    kept = {name: os.environ[name] for name in keep if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"} | more


def relay_command(*args: str | Path) -> list[str]:
    """Return the argument vector of `sosik-relay ARGS`."""
    return [sys.executable, "-m", "relay", *map(str, args)]


def client_command(*args: str | Path) -> list[str]:
    """Return the argument vector of `sosik ARGS`."""
    return [sys.executable, "-m", "client_cli", *map(str, args)]


def run(command: Sequence[str], *, text: str = "", expect: int = 0, **kwargs: Any) -> str:
    """Run a command to its end and return its standard output. CommandFailed if the code is not `expect`."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command, input=text, capture_output=True, encoding="utf-8", timeout=COMMAND_S, check=False, **kwargs
    )
    if done.returncode != expect:
        raise CommandFailed(
            f"{' '.join(command[2:5])} ended with {done.returncode}, not {expect}:\n{done.stdout}\n{done.stderr}"
        )
    return done.stdout


def run_here(command: Sequence[str], **_: Any) -> str:
    """Run `sosik-relay ARGS` in this process and return its standard output: quicker where a test starts many."""
    from relay.cli import main

    said = StringIO()
    mask = os.umask(0o077)
    try:
        with redirect_stdout(said):
            main(list(command[3:]), standalone_mode=False)
    finally:
        os.umask(mask)  # some commands narrow it for their process
    return said.getvalue()


Launch = Callable[[list[str]], list[str]]
"""What a command line becomes when the process is not started plainly: another program that ends in it."""


def plainly(command: list[str]) -> list[str]:
    """Start it as it is."""
    return command


def end(process: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM, patience_s: float = 20.0) -> int:
    """Send a signal and wait; kill what does not end in time. Returns the exit code."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    return process.returncode


@dataclass(slots=True)
class RelayProcess:
    """One relay: its directory, and its process while it runs."""

    directory: Path
    port: int
    process: subprocess.Popen[str] | None = None
    launch: Launch = plainly
    variables: Mapping[str, str] = field(default_factory=dict)
    workers: int = 1

    def use_store(self, url: str) -> None:
        """Name its store in relay.toml: "sqlite", or a URL of PostgreSQL."""
        path = self.directory / "relay.toml"
        path.write_text(
            re.sub(r'(?m)(?<=^\[store\]\n)((?:#.*\n)*)url = ".*"$', rf'\1url = "{url}"', path.read_text("utf-8"))
        )

    def start(self) -> None:
        """Start `sosik-relay run` and wait until it listens."""
        with (self.directory / "said").open("ab") as said:
            self.process = subprocess.Popen(
                self.launch(relay_command("run", self.directory, "--workers", str(self.workers))),
                stdout=subprocess.PIPE,
                stderr=said,
                encoding="utf-8",
                env=environment(**self.variables),
                preexec_fn=die_with_parent,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("ready"):
            said_text = (self.directory / "said").read_text("utf-8")
            raise CommandFailed(f"the relay did not start:\n{line}{said_text}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop the process (SIGKILL for a crash) and return its exit code."""
        assert self.process is not None
        code = end(self.process, how)
        self.process = None
        return code

    def worker_pids(self) -> list[int]:
        """Return the process numbers of a relay's workers (Linux)."""
        assert self.process is not None
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                # pid (name) state parent ...; the name may hold anything, so count from its end
                if int(status.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    found.append(int(status.parent.name))
        return sorted(found)

    def inspect(self) -> str:
        """Return what `sosik-relay inspect` prints."""
        return run(relay_command("inspect", self.directory), env=environment())


@dataclass(slots=True)
class Network:
    """A community directory and its relays."""

    directory: Path
    relays: list[RelayProcess] = field(default_factory=list)

    @property
    def community(self) -> Path:
        """The directory that whoever signs the roster keeps."""
        return self.directory / "community"

    @classmethod
    def make(
        cls,
        directory: Path,
        *,
        relays: int = 3,
        constants: Mapping[str, int] = QUICK,
        name: str = "고향 소식",
        guards: int = 1,
        tls: bool = True,
        run: Callable[..., str] = run,
    ) -> Self:
        """Run init, roster new, add and sign, and copy the roster to each relay, as operators do. Starts nothing."""
        network = cls(directory)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = directory / "constants.toml"
        wanted.write_text("".join(f"{key} = {value}\n" for key, value in constants.items()))
        for number in range(relays):
            relay = RelayProcess(directory / f"relay{number}", free_port())
            # A name instead of an address: the address of a visitor can then be searched for on a relay's disk.
            url = f"{'https' if tls else 'http'}://localhost:{relay.port}"
            plain = () if tls else ("--no-tls",)
            run(
                relay_command("init", relay.directory, "--port", str(relay.port), "--public-url", url, *plain),
                env=environment(),
            )
            network.relays.append(relay)
        run(relay_command("roster", "new", network.community, "--name", name, "--constants", wanted), env=environment())
        for number, relay in enumerate(network.relays):
            guard = ("--guard",) if number < guards else ()
            run(
                relay_command("roster", "add", network.community, relay.directory / "relay.card", *guard),
                env=environment(),
            )
        run(relay_command("roster", "sign", network.community), env=environment())
        network.hand_out()
        return network

    def hand_out(self) -> None:
        """Copy the signed roster and the access key into every relay directory."""
        for relay in self.relays:
            for name in ("roster", "access.key"):
                target = relay.directory / name
                target.write_bytes((self.community / name).read_bytes())
                target.chmod(0o600)

    def start(self) -> None:
        """Start every relay."""
        for relay in self.relays:
            relay.start()

    def stop(self) -> None:
        """Stop every relay that runs."""
        for relay in self.relays:
            if relay.process is not None:
                relay.stop()

    def invite(self, out: Path) -> Path:
        """Make an invitation as a helper does, and return the PNG."""
        run(
            [
                sys.executable,
                "-m",
                "client_cli",
                "desk",
                "invite",
                "--community",
                str(self.community),
                "--out",
                str(out),
            ],
            env=environment(),
        )
        return out


@dataclass(slots=True)
class Member:
    """A family member's home, driven through the commands they type."""

    home: Path
    words: str
    process: subprocess.Popen[str] | None = None
    launch: Launch = plainly
    variables: Mapping[str, str] = field(default_factory=dict)

    def spawn(self, *args: str | Path, **kwargs: Any) -> subprocess.Popen[str]:
        """Start `sosik ARGS` with this home; the opening words go in through a pipe."""
        read_end, write_end = os.pipe()
        os.write(write_end, (self.words + "\n").encode())
        os.close(write_end)
        try:
            return subprocess.Popen(
                self.launch(client_command(*args, "--home", self.home, "--words-fd", str(read_end))),
                encoding="utf-8",
                pass_fds=(read_end,),
                env=environment(**self.variables),
                preexec_fn=die_with_parent,
                **kwargs,
            )
        finally:
            os.close(read_end)

    def run(self, *args: str | Path, text: str = "", expect: int = 0) -> str:
        """Run `sosik ARGS` to its end and return what it printed."""
        pipe = subprocess.PIPE
        process = self.spawn(*args, stdin=pipe, stdout=pipe, stderr=pipe)
        try:
            out, err = process.communicate(text, timeout=COMMAND_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        if process.returncode != expect:
            raise CommandFailed(f"sosik {args[0]} ended with {process.returncode}, not {expect}:\n{out}\n{err}")
        return str(out)

    def json(self, *args: str | Path) -> Any:
        """Run `sosik ARGS --json` and return what it printed, parsed."""
        return json.loads(self.run(*args, "--json"))

    def go_online(self) -> None:
        """Start `sosik online` in the background."""
        with (self.home / "said").open("ab") as said:
            self.process = self.spawn("online", stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def go_offline(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop `sosik online` (SIGKILL for a crash) and return its exit code."""
        assert self.process is not None
        code = end(self.process, how)
        self.process = None
        return code


def wait_until(what: str, done: Callable[[], bool], patience_s: float, every_s: float = 0.5) -> float:
    """Ask until `done()`; return the seconds it took. CommandFailed with `what` when patience ends."""
    start = time.monotonic()
    while not done():
        if time.monotonic() - start > patience_s:
            raise CommandFailed(f"not within {patience_s:.0f} s: {what}")
        time.sleep(every_s)
    return time.monotonic() - start
