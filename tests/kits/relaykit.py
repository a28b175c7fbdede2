"""One relay as a process, made as operators do, for the tests that want a real one."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RLIMIT_NOFILE, setrlimit

from protocol.community.roster import Roster
from protocol.primitives.days import DAY_S
from protocol.profile import Profile
from protocol.routes.exchange import Cursor, PassKind, Request
from protocol.seams import SeededEntropy
from protocol.sizes import FETCH_FIELD_BYTES, PACKET_FIELD_BYTES
from relay.home.access_key import read_access
from relay.home.directory import init_relay
from relay.home.files import write_private
from relay.operator.roster_maker import NewAccess, add_relays, new_community, sign_next
from relay.seams import SystemClock

ENTROPY = SeededEntropy(b"a" * 32)
RUN = (sys.executable, "-m", "relay", "run")


@dataclass
class Ready:
    """A relay's directory, and what the roster says of it."""

    directory: Path
    roster: Roster


def make_relay(tmp_path: Path, constants: dict[str, int], days_ago: int = 0) -> Ready:
    """A relay of a community of one, on a port that it chooses."""
    tmp_path.mkdir(exist_ok=True)
    now = SystemClock().now() - days_ago * DAY_S
    init_relay(
        tmp_path / "relay",
        host="127.0.0.1",
        port=0,
        tls=True,
        public_url="https://127.0.0.1:1",
        ordinary_check=False,
        now=now,
        entropy=ENTROPY,
    )
    new_community(tmp_path / "family", "family", constants, ENTROPY)
    add_relays(tmp_path / "family", [tmp_path / "relay" / "relay.card"], False)
    roster = sign_next(tmp_path / "family", NewAccess.NONE, now, ENTROPY)
    for name in ("roster", "access.key"):
        write_private(tmp_path / "relay" / name, (tmp_path / "family" / name).read_bytes())
    return Ready(tmp_path / "relay", roster)


@contextmanager
def running(
    directory: Path, *options: str, open_files: tuple[int, int] | None = None
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A process and the port that it says it listens on. `open_files`: its soft and its hard limit of descriptors."""
    process = subprocess.Popen(
        [*RUN, str(directory), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=None if open_files is None else lambda: setrlimit(RLIMIT_NOFILE, open_files),
    )
    try:
        assert process.stdout is not None
        word, _, port = process.stdout.readline().strip().partition(" ")
        assert word == "ready", process.communicate()[1]
        yield int(port), process
    finally:
        process.kill()
        process.communicate()


def request_of(relay: Ready) -> Request:
    """A request that the relay admits, from a new shelf, with fields that nobody can read."""
    return Request(
        profile=Profile.STANDARD,
        pass_kind=PassKind.ACCESS,
        admission=read_access(relay.directory / "access.key").secrets[0],
        shelf=ENTROPY(16),
        next_shelf=bytes(16),
        collect=0,
        durable=0,
        response_key=ENTROPY(32),
        cursor=Cursor(0, 0),
        packet=ENTROPY(PACKET_FIELD_BYTES),
        fetch=ENTROPY(FETCH_FIELD_BYTES),
    )
