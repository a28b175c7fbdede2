"""What a relay logs: a closed set of events, each with its own closed set of fields (design: allow-list, invariant 4).

Whatever is not listed here cannot reach the log: a field that is not allowed, or whose value is neither a small number
nor a plain word, is left out; a line carries the hour and no finer time. No address, no identifier, no bytes of anyone.
Nobody fills the disk: a line that was written already in its hour is held back and counted, as is what goes beyond
`LINES_AN_HOUR` of one event. What was held back is said in a later hour, or before the end.
Decision 116.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TextIO

from protocol.seams import Clock
from relay.errors import StoreAway

HOUR_S = 3600
# Different lines of one event: more than a roster has relays.
LINES_AN_HOUR = 64
# Words are written by this program, never by a peer; hex and base64 of an identifier would carry digits.
_WORD = re.compile(r"[A-Za-z_]{1,40}")
_NUMBER_END = 1 << 32

Entry = dict[str, int | str]


class Event(StrEnum):
    """Everything that may be logged."""

    LISTENING = "listening"
    STOPPED = "stopped"
    CLOCK_WENT_BACK = "clock_went_back"
    CLOCK_LEAPT = "clock_leapt"
    ROSTER_ADOPTED = "roster_adopted"
    TAKEN_OFF_ROSTER = "taken_off_roster"
    DESCRIPTOR_REFUSED = "descriptor_refused"
    KEYS_ROTATED = "keys_rotated"
    EQUIVOCATION_SEEN = "equivocation_seen"
    CAP_REACHED = "cap_reached"
    EXPIRED = "expired"
    PEER_UNREACHABLE = "peer_unreachable"
    PEER_BACK = "peer_back"
    OVERLOADED = "overloaded"
    DOORS_FULL = "doors_full"
    COMMIT_FAILED = "commit_failed"
    DATABASE_AWAY = "database_away"
    CERTIFICATE_EXPIRES = "certificate_expires"
    INTERNAL_ERROR = "internal_error"


# `peer` is a relay's number in the roster, which is public; `kind` and `reason` are words of this program's source.
FIELDS: Mapping[Event, frozenset[str]] = {
    Event.LISTENING: frozenset(),
    Event.STOPPED: frozenset(),
    Event.CLOCK_WENT_BACK: frozenset(),
    Event.CLOCK_LEAPT: frozenset(),
    Event.ROSTER_ADOPTED: frozenset({"version", "relays"}),
    Event.TAKEN_OFF_ROSTER: frozenset({"version"}),
    Event.DESCRIPTOR_REFUSED: frozenset({"peer", "reason"}),
    Event.KEYS_ROTATED: frozenset({"day", "kind"}),
    Event.EQUIVOCATION_SEEN: frozenset({"peer"}),
    Event.CAP_REACHED: frozenset({"cap", "kind"}),
    Event.EXPIRED: frozenset({"kind", "rows"}),
    Event.PEER_UNREACHABLE: frozenset({"peer", "reason"}),
    Event.PEER_BACK: frozenset({"peer"}),
    Event.OVERLOADED: frozenset(),
    Event.DOORS_FULL: frozenset({"reason"}),
    Event.COMMIT_FAILED: frozenset(),
    Event.DATABASE_AWAY: frozenset(),
    Event.CERTIFICATE_EXPIRES: frozenset({"days"}),
    Event.INTERNAL_ERROR: frozenset({"kind"}),
}


class Events(Protocol):
    """Where the parts of a relay say what happened."""

    def emit(self, event: Event, **fields: int | str) -> None:
        """Log `event`; fields that are not in `FIELDS` are left out."""


class NoEvents:
    """Logs nothing."""

    def emit(self, event: Event, **fields: int | str) -> None:
        """Leave it."""


def failure_event(error: Exception) -> Event:
    """What is logged of a transaction that failed: a database that is away comes back by itself."""
    return Event.DATABASE_AWAY if isinstance(error, StoreAway) else Event.COMMIT_FAILED


def coarse_hour(now: float) -> str:
    """The UTC hour of `now`, as in 2026-11-22T21Z."""
    return datetime.fromtimestamp(now // HOUR_S * HOUR_S, UTC).strftime("%Y-%m-%dT%HZ")


def allow_only(entry: Mapping[str, Any], now: float) -> Entry:
    """The part of a log entry that may be written; an event that is not listed becomes a bare `internal_error`."""
    try:
        event = Event(entry.get("event", ""))
    except ValueError:
        return {"event": Event.INTERNAL_ERROR.value, "hour": coarse_hour(now)}
    allowed: Entry = {"event": event.value, "hour": coarse_hour(now)}
    for name in sorted(FIELDS[event]):
        match entry.get(name):
            case bool():
                pass
            case int(number) if 0 <= number < _NUMBER_END:
                allowed[name] = number
            case str(word) if _WORD.fullmatch(word):
                allowed[name] = word
    return allowed


class HourlyBound:
    """Which entries are written: each different one once an hour."""

    def __init__(self) -> None:
        self._hour: int | str = ""
        self._written: dict[int | str, set[frozenset[tuple[str, int | str]]]] = {}
        self._held_back: dict[frozenset[tuple[str, int | str]], int] = {}

    def pass_on(self, entry: Entry) -> list[Entry]:
        """The entries to be written now that `entry` happened, in order."""
        event, hour = entry["event"], entry["hour"]
        entries: list[Entry] = []
        if hour != self._hour or event == Event.STOPPED:
            # A power of two: how often something happened says more of who caused it than an operator needs.
            entries = [dict(held) | {"held_back": 1 << (n - 1).bit_length()} for held, n in self._held_back.items()]
            self._hour, self._written, self._held_back = hour, {}, {}
        written, line = self._written.setdefault(event, set()), frozenset(entry.items())
        if line not in written and len(written) < LINES_AN_HOUR:
            written.add(line)
            return [*entries, entry]
        if line not in written:
            line = frozenset({"event": event, "hour": hour}.items())
        self._held_back[line] = self._held_back.get(line, 0) + 1
        return entries


class StructuredEvents:
    """JSON lines through structlog: what the allow-list leaves of an entry, at a bounded rate."""

    def __init__(self, out: TextIO, clock: Clock) -> None:
        import structlog  # 0.17 s to import: only a running relay pays it

        self._clock = clock
        self._bound = HourlyBound()
        self._log = structlog.wrap_logger(
            structlog.PrintLogger(out),
            processors=[_in_order, structlog.processors.JSONRenderer(ensure_ascii=True)],
            wrapper_class=structlog.BoundLogger,
            cache_logger_on_first_use=True,
        )

    def emit(self, event: Event, **fields: int | str) -> None:
        """Write what there is to say now. A log that cannot be written (a full disk) stops nothing."""
        try:
            for entry in self._bound.pass_on(allow_only({**fields, "event": event.value}, self._clock.now())):
                self._log.info(**entry)
        except OSError:
            return


def _in_order(logger: object, method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: entry[name] for name in sorted(entry, key=lambda name: (name != "event", name != "hour", name))}


def open_log(destination: str, directory: Path) -> TextIO | None:
    """Where `[log] to` of relay.toml points: "stderr", "none", or a file name inside the relay's directory."""
    match destination:
        case "none":
            return None
        case "stderr":
            return sys.stderr
        case name:
            return (directory / name).open("a", encoding="utf-8", buffering=1)


def silence_other_loggers() -> None:
    """Keep what libraries log (peer addresses, tracebacks with bytes in them) off every handler."""
    logging.getLogger().handlers[:] = [logging.NullHandler()]
    logging.disable(logging.CRITICAL)
