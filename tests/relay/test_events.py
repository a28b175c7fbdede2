"""The log holds what is on the allow-list and nothing else."""

import ast
import io
import json
import re
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from relay.errors import StoreAway
from relay.events import FIELDS, LINES_AN_HOUR, Event, StructuredEvents, allow_only, failure_event, open_log
from tests.kits.shellkit import NOW, FixedClock

_VALUES = st.one_of(st.integers(), st.text("ab_0.: ", max_size=60), st.binary(max_size=40), st.booleans(), st.none())
_NAMES = st.sampled_from(["peer", "kind", "reason", "version", "address", "shelf", "hour"])


@given(st.sampled_from([*Event, "letter_read", ""]), st.dictionaries(_NAMES, _VALUES))
def test_no_entry_passes_more_than_its_fields_allow(name: str, fields: dict[str, object]) -> None:
    allowed = allow_only({"event": str(name), **fields}, NOW)
    event = Event(str(allowed["event"]))
    assert set(allowed) <= {"event", "hour"} | FIELDS[event]
    for field in set(allowed) - {"event", "hour"}:
        value = allowed[field]
        assert isinstance(value, int) or (value.isascii() and not any(letter.isdigit() for letter in value))


def test_every_event_has_its_fields() -> None:
    assert set(FIELDS) == set(Event)


def test_nothing_that_a_relay_says_is_left_out() -> None:
    said = 0
    for module in Path("relay").rglob("*.py"):
        for call in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(ast.Attribute(attr="emit"), [ast.Attribute(ast.Name("Event"), event)], fields):
                    assert {field.arg for field in fields} <= FIELDS[Event[event]], f"{module.name}: {event}"
                    said += 1
    assert said > 10


def test_every_event_is_sent_somewhere() -> None:
    sources = [path.read_text() for path in Path("relay").rglob("*.py") if path != Path("relay/events.py")]
    sent = {name for source in sources for name in re.findall(r"Event\.([A-Z_]+)", source)}
    of_transactions = {failure_event(error).name for error in (StoreAway(), ValueError())}
    assert sent | of_transactions == {event.name for event in Event}


def test_identifier_in_a_word_field_is_left_out() -> None:
    entry: dict[str, object] = {"event": "peer_unreachable", "peer": 3, "reason": "203.0.113.9"}
    assert allow_only(entry, NOW) == {"event": "peer_unreachable", "hour": "2027-01-15T08Z", "peer": 3}


def test_time_is_the_hour() -> None:
    assert allow_only({"event": "listening"}, NOW + 3599)["hour"] == allow_only({"event": "listening"}, NOW)["hour"]


def test_line_is_one_json_object() -> None:
    out = io.StringIO()
    StructuredEvents(out, FixedClock()).emit(Event.KEYS_ROTATED, day=20_000, kind="day", colour="red")
    assert json.loads(out.getvalue()) == {
        "event": "keys_rotated",
        "hour": "2027-01-15T08Z",
        "day": 20_000,
        "kind": "day",
    }


def lines_of(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_flood_of_one_event_is_a_line_an_hour_and_a_count() -> None:
    """Strangers who exhaust connections for half a minute made 88,000 lines of it."""
    out, clock = io.StringIO(), FixedClock()
    events = StructuredEvents(out, clock)
    for _ in range(8_800):
        events.emit(Event.INTERNAL_ERROR, kind="OSError")
    assert len(lines_of(out)) == 1
    clock.move(NOW + 3600)
    events.emit(Event.KEYS_ROTATED, day=20_000)
    _, held_back, after = lines_of(out)
    # Rounded up to a power of two, and no time but the hour in which it was.
    assert held_back == {"event": "internal_error", "hour": "2027-01-15T08Z", "kind": "OSError", "held_back": 16_384}
    assert after["event"] == "keys_rotated"
    events.emit(Event.INTERNAL_ERROR, kind="OSError")
    assert lines_of(out)[-1] == {"event": "internal_error", "hour": "2027-01-15T09Z", "kind": "OSError"}


def test_different_lines_of_one_event_are_bounded_as_well() -> None:
    out, clock = io.StringIO(), FixedClock()
    events = StructuredEvents(out, clock)
    for peer in range(10 * LINES_AN_HOUR):
        events.emit(Event.PEER_UNREACHABLE, peer=peer)
    events.emit(Event.PEER_BACK, peer=1)
    assert [line["event"] for line in lines_of(out)] == ["peer_unreachable"] * LINES_AN_HOUR + ["peer_back"]
    clock.move(NOW + 3600)
    events.emit(Event.PEER_BACK, peer=1)
    _, held_back, _ = lines_of(out)[LINES_AN_HOUR:]
    assert held_back == {"event": "peer_unreachable", "hour": "2027-01-15T08Z", "held_back": 1024}


def test_what_was_held_back_is_said_before_the_end() -> None:
    out = io.StringIO()
    events = StructuredEvents(out, FixedClock())
    for _ in range(3):
        events.emit(Event.OVERLOADED)
    events.emit(Event.STOPPED)
    assert [(line["event"], line.get("held_back")) for line in lines_of(out)] == [
        ("overloaded", None),
        ("overloaded", 2),
        ("stopped", None),
    ]


def test_a_clock_that_was_set_back_loses_no_count() -> None:
    out, clock = io.StringIO(), FixedClock()
    events = StructuredEvents(out, clock)
    for _ in range(2):
        events.emit(Event.OVERLOADED)
    clock.move(NOW - 7200)
    events.emit(Event.OVERLOADED)
    assert [line.get("held_back") for line in lines_of(out)] == [None, 1, None]


def test_log_goes_to_the_named_file_alone(tmp_path: Path) -> None:
    assert open_log("none", tmp_path) is None
    out = open_log("events.log", tmp_path)
    assert out is not None
    with out:
        StructuredEvents(out, FixedClock()).emit(Event.LISTENING)
    assert (tmp_path / "events.log").read_text().startswith('{"event": "listening"')


def test_other_loggers_are_silent() -> None:
    program = (
        "import logging\nfrom relay.events import silence_other_loggers\nsilence_other_loggers()\n"
        "logging.getLogger('asyncio').error('peer 203.0.113.9')\nlogging.critical('x')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stderr == b""
