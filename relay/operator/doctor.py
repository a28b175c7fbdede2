"""What `sosik-relay doctor` looks at: everything that can be known about a relay's health from its own directory.

It changes nothing, asks no other machine, and runs beside the relay. Each finding is one line with what to do about it.
"""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from protocol.primitives.days import day_of
from relay.core.clock import check_validity
from relay.errors import FileProblem, RelayError, StoreFailed
from relay.home.config import CONFIG_NAME, load_config
from relay.home.directory import CERTIFICATE, DATABASE, LoadedRelay, load_relay
from relay.home.files import check_private
from relay.home.tls import days_left, pin_of_file
from relay.store.address import find_address
from relay.store.open import check_marks
from relay.store.postgres.session import check_server
from relay.store.sqlite.read_only import read_only_connection

WARN_DAYS = 30
_SECRETS = ("identity.key", "door.key", "tls.key", "access.key", "relay.db", "relay.db-wal", "relay.db-shm")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, what was found, and the exit code (0 is well)."""

    subject: str
    words: str
    code: int = 0


def examine(directory: Path, now: float) -> Iterator[Finding]:
    """Look at a relay's directory; what follows from a missing roster or configuration is left out."""
    yield from _look("permissions", lambda: _permissions(directory))
    yield from _look("disk", lambda: _disk(directory))
    yield from _look("store", lambda: _store(directory))
    loaded: list[LoadedRelay] = []

    def load() -> str:
        loaded.append(load_relay(directory))
        return f"complete; relay {loaded[0].keys.number} of {len(loaded[0].roster.relays)}"

    yield from _look("configuration, keys, roster", load)
    if loaded:
        yield from _look("clock and roster", lambda: _validity(loaded[0], now))
        if loaded[0].config.listen.tls:
            yield from _look("certificate", lambda: _certificate(loaded[0], now))


def _look(subject: str, look: Callable[[], str]) -> Iterator[Finding]:
    try:
        yield Finding(subject, look())
    except RelayError as error:
        yield Finding(subject, str(error), error.exit_code)


def _permissions(directory: Path) -> str:
    check_private(directory)
    for name in _SECRETS:
        if (directory / name).exists():
            check_private(directory / name)
    return "only their owner may read the secrets"


def _disk(directory: Path) -> str:
    usage = shutil.disk_usage(directory)
    if usage.free < 0.05 * usage.total:
        raise FileProblem("Less than a twentieth of the disk is free; what is stored is kept; make room.")
    return f"{usage.free * 100 // usage.total} % free"


def _store(directory: Path) -> str:
    if (directory / CONFIG_NAME).exists():
        address = find_address(load_config(directory).store, directory)
        if address is not None:
            words, state = asyncio.run(check_server(address))
            check_marks(state)
            return words
    path = directory / DATABASE
    if not path.exists():
        return "not made yet; the first run makes it"
    try:
        with read_only_connection(path) as store:
            (answer,) = store.execute("PRAGMA quick_check(1)").fetchone()
            if store.execute("PRAGMA user_version").fetchone() == (0,):
                answer = "emptied"  # a store is never seen before its tables are made
            state = dict(store.execute("SELECT name, value FROM state").fetchall()) if answer == "ok" else {}
    except sqlite3.Error:
        answer, state = "unreadable", {}
    if answer != "ok":
        raise StoreFailed(f"{path} is damaged; it was not touched; stop the relay; docs/operators.md, A damaged store.")
    check_marks(state)
    return "consistent"


def _validity(loaded: LoadedRelay, now: float) -> str:
    check_validity(loaded.roster, now)
    days = loaded.roster.expires_day - day_of(now)
    return f"roster version {loaded.roster.version} is valid for {days} days" + (
        "; ask the roster maker for the next one" if days < WARN_DAYS else ""
    )


def _certificate(loaded: LoadedRelay, now: float) -> str:
    path = loaded.directory / CERTIFICATE
    days = days_left(path, now)
    if days < 0:
        raise FileProblem(f"{path} has expired; keys and letters are kept; make a new certificate and a new card.")
    pin = loaded.roster.relay(loaded.keys.number).tls_pin
    if any(pin) and pin != pin_of_file(path):
        raise FileProblem(f"{path} is not the certificate the roster pins; put back the one it was made with.")
    return f"valid for {days} days" + (" and pinned by the roster" if any(pin) else "")
