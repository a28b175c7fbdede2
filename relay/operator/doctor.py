"""What `sosik-relay doctor` looks at: everything that can be known about a relay's health from its own directory.

It changes nothing, asks no other machine, and runs beside the relay. Each finding is one line with what to do about it.
"""

import asyncio
import math
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from protocol.community.descriptor import DAYS_AHEAD
from protocol.community.roster import Roster
from protocol.primitives.days import DAY_S, day_of
from relay.core.clock import BACK_S, QUIET_DAYS, check_validity
from relay.core.links.membership import OFF_ROSTER
from relay.core.state import QUARTER_S
from relay.errors import TAKEN_OFF, ClockLeapt, FileProblem, RelayError, RosterProblem, StoreFailed
from relay.events import HOUR_S
from relay.home.config import CONFIG_NAME, load_config
from relay.home.directory import CERTIFICATE, DATABASE, LoadedRelay, load_relay
from relay.home.files import check_private
from relay.home.tls import days_left, pin_of_file
from relay.store.address import find_address
from relay.store.open import check_marks
from relay.store.postgres.session import check_server
from relay.store.records import KeyKind, Progress
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
    looked: list[Progress] = []
    yield from _look("store", lambda: _store(directory, looked))
    loaded: list[LoadedRelay] = []

    def load() -> str:
        loaded.append(load_relay(directory))
        return f"complete; relay {loaded[0].keys.number} of {len(loaded[0].roster.relays)}"

    yield from _look("configuration, keys, roster", load)
    if loaded:
        yield from _look("clock and roster", lambda: _validity(loaded[0], now))
        if looked:
            yield from _look("membership", lambda: _membership(loaded[0].roster, looked[0]))
            yield from _look("clock and store", lambda: _progress(loaded[0].roster, looked[0], now))
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


def _store(directory: Path, looked: list[Progress]) -> str:
    """Look at the store; how far the relay has come goes into `looked`."""
    if (directory / CONFIG_NAME).exists():
        address = find_address(load_config(directory).store, directory)
        if address is not None:
            words, progress = asyncio.run(check_server(address))
            check_marks(progress.state)
            looked.append(progress)
            return words
    path = directory / DATABASE
    if not path.exists():
        return "not made yet; the first run makes it"
    try:
        with read_only_connection(path) as store:
            (answer,) = store.execute("PRAGMA quick_check(1)").fetchone()
            if store.execute("PRAGMA user_version").fetchone() == (0,):
                answer = "emptied"  # a store is never seen before its tables are made
            if answer == "ok":
                (key_day,) = store.execute("SELECT MAX(period) FROM keys WHERE kind = ?", (KeyKind.DAY,)).fetchone()
                looked.append(Progress(dict(store.execute("SELECT name, value FROM state").fetchall()), key_day))
    except sqlite3.Error:
        answer = "unreadable"
    if answer != "ok":
        raise StoreFailed(f"{path} is damaged; it was not touched; stop the relay; docs/operators.md, A damaged store.")
    check_marks(looked[0].state)
    return "consistent"


def _validity(loaded: LoadedRelay, now: float) -> str:
    check_validity(loaded.roster, now)
    days = loaded.roster.expires_day - day_of(now)
    return f"roster version {loaded.roster.version} is valid for {days} days" + (
        "; ask the roster maker for the next one" if days < WARN_DAYS else ""
    )


def _membership(roster: Roster, progress: Progress) -> str:
    if progress.state.get(OFF_ROSTER, 0) > roster.version:
        raise RosterProblem(TAKEN_OFF)
    return "no later roster without this relay is known"


def _progress(roster: Roster, progress: Progress, now: float) -> str:
    """Compare the last page, the last erasing and the newest key with `now`."""
    constants, state = roster.constants, progress.state
    if progress.key_day is None:
        return "nothing was done yet"
    past_days = day_of(now) - max(progress.key_day, roster.issued_day)
    if past_days > QUIET_DAYS:
        raise ClockLeapt(
            f"This clock is {past_days} days past everything this relay has signed; what is stored is kept; it waits "
            "for other relays to say the same; set the clock, or if it is right start once with --clock-is-right."
        )
    cut_s = constants.interval_start(state.get("cut", 0) + 1) - now
    erased_s = float(state.get("expired_quarter", 0) * QUARTER_S) - now
    keys_s = float((progress.key_day - DAYS_AHEAD) * DAY_S) - now
    ahead = {"pages": cut_s, "erasing": erased_s, "keys": keys_s}
    far = [f"{what} by {math.ceil(seconds / HOUR_S)} hours" for what, seconds in ahead.items() if seconds > BACK_S]
    if far:
        raise ClockLeapt(
            f"This relay has gone by a clock that was ahead of this one ({', '.join(far)}); what is stored is kept; if "
            "this clock is wrong, set it; else see docs/operators.md, A clock that is wrong."
        )
    return "pages, erasing and keys are as far as this clock"


def _certificate(loaded: LoadedRelay, now: float) -> str:
    path = loaded.directory / CERTIFICATE
    days = days_left(path, now)
    if days < 0:
        raise FileProblem(f"{path} has expired; keys and letters are kept; make a new certificate and a new card.")
    pin = loaded.roster.relay(loaded.keys.number).tls_pin
    if any(pin) and pin != pin_of_file(path):
        raise FileProblem(f"{path} is not the certificate the roster pins; put back the one it was made with.")
    return f"valid for {days} days" + (" and pinned by the roster" if any(pin) else "")
