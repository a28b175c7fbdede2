"""The log holds what is on the allow-list and nothing else."""

import io
import json
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from relay.events import FIELDS, Event, StructuredEvents, allow_only, open_log
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


def test_identifier_in_a_word_field_is_left_out() -> None:
    entry: dict[str, object] = {"event": "peer_unreachable", "peer": 3, "reason": "203.0.113.9"}
    assert allow_only(entry, NOW) == {"event": "peer_unreachable", "hour": "2027-01-15T08Z", "peer": 3}


def test_time_is_the_hour() -> None:
    assert allow_only({"event": "opened"}, NOW + 3599)["hour"] == allow_only({"event": "opened"}, NOW)["hour"]


def test_line_is_one_json_object() -> None:
    out = io.StringIO()
    StructuredEvents(out, FixedClock()).emit(Event.KEYS_ROTATED, day=20_000, kind="day", colour="red")
    assert json.loads(out.getvalue()) == {
        "event": "keys_rotated",
        "hour": "2027-01-15T08Z",
        "day": 20_000,
        "kind": "day",
    }


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
