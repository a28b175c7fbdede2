"""What scripts read (`--json`): one record for each thing that can be listed.

Invariant: the names in them are the lower-case names of the enumerations, never translated, and stay what they are;
text in them is escaped where it is printed. Spec: docs/family.md, For scripts.
Decision 39.
"""

from enum import Enum
from typing import TYPE_CHECKING

from client_cli.wording import times
from protocol.people.key_card import MeetCard

if TYPE_CHECKING:  # each command loads what it tells of, and no more
    from client_cli.inbox.letters import ReceivedLetter
    from client_cli.inbox.partial import Coming
    from client_cli.meeting.handovers import WaitingHandover
    from client_cli.meeting.requests import Request
    from client_cli.outbox.letters import LetterState
    from client_cli.people.contacts import Person
    from client_cli.status.facts import Status
    from client_cli.streams.loop_watch import Alarm

__all__ = [
    "alarm_record",
    "card_record",
    "coming_record",
    "letter_record",
    "new_record",
    "person_record",
    "read_record",
    "request_record",
    "status_record",
]


def script_name(value: Enum) -> str:
    """The name of a state for scripts."""
    return value.name.lower()


def person_record(person: "Person", *, asks: bool, portrait: bool) -> dict[str, object]:
    """Somebody we write to. `asks`: they wait for our answer to a question."""
    return {
        "name": person.name,
        "label": script_name(person.label),
        "introduced_by": person.introducer,
        "asks": asks,
        "state": script_name(person.state),
        "portrait": portrait,
    }


def letter_record(letter: "LetterState") -> dict[str, object]:
    """A letter of ours."""
    return {
        "number": letter.number,
        "person": letter.person.name,
        "status": script_name(letter.status),
        "parts": letter.parts,
        "parts_arrived": letter.parts_arrived,
        "written": int(letter.written),
        "expires": int(letter.expires_on),
        "ends_soon": letter.ends_soon,
        "next_try": None if letter.next_try_at is None else int(letter.next_try_at),
    }


def new_record(letter: "ReceivedLetter") -> dict[str, object]:
    """A letter that was not read yet, without what it says."""
    return {
        "number": letter.number,
        "person": letter.person.name,
        "arrived": times.utc_day(letter.arrived_day),
        "kind": "text" if letter.picture is None else "picture",
        "stays": letter.kept,
        "late": letter.late,
    }


def read_record(letter: "ReceivedLetter") -> dict[str, object]:
    """A letter with what it says."""
    return {
        "number": letter.number,
        "person": letter.person.name,
        "label": script_name(letter.person.label),
        "written": times.utc_day(letter.written_day),
        "arrived": times.utc_day(letter.arrived_day),
        "kind": "text" if letter.picture is None else "picture",
        "text": letter.text,
        "late": letter.late,
    }


def coming_record(one: "Coming") -> dict[str, object]:
    """A letter of which only parts are here,."""
    return {"person": one.person.name, "here": one.here, "parts": one.parts}


def request_record(one: "Request") -> dict[str, object]:
    """Somebody who waits to be accepted or refused,."""
    return {
        "name": one.name,
        "helper": one.helper,
        "number": one.number,
        "kind": "answer" if one.answered else "introduction" if one.named else "one way",
        "acceptable": one.problem is None,
    }


def card_record(one: "WaitingHandover") -> dict[str, object]:
    """A card that waits to be passed on."""
    kind = "card" if isinstance(one.passed, MeetCard) else "answer"
    return {"number": one.number, "person": one.sender.name, "for": one.name, "kind": kind}


def alarm_record(alarm: "Alarm | None") -> dict[str, object] | None:
    """Post that is being held back,; None while it is not."""
    if alarm is None:
        return None
    return {
        "guard": alarm.guard,
        "stores": list(alarm.stores),
        "judged": alarm.judged,
        "overdue": alarm.overdue,
        "since": int(alarm.since),
    }


def status_record(status: "Status") -> dict[str, object]:
    """How things stand."""
    network, schedule, warnings = status.network, status.schedule, status.warnings
    return {
        "online": schedule.online_running,
        "locked": schedule.locked,
        "profile": script_name(schedule.profile),
        "mb_per_month": round(schedule.budget_mb, 1),
        "joined": network.joined,
        "invitation_refused": warnings.invitation_refused,
        "access_refused": warnings.access_refused,
        "community": network.community,
        "relays": network.relays,
        "silent_relays": [{"relay": silence.relay, "since": int(silence.since)} for silence in network.silent],
        "guard": network.guard,
        "board_behind": network.board_behind,
        "loops_sent": schedule.loops_sent,
        "loops_returned": schedule.loops_returned,
        "held_back": alarm_record(warnings.alarm),
        "board_troubles": [
            {
                "kind": script_name(trouble.kind),
                "relay": trouble.relay,
                "others": list(trouble.by),
                "times": trouble.times,
                "last": int(trouble.last_at),
            }
            for trouble in warnings.troubles
        ],
        "clock_ahead_seconds": None if warnings.clock_ahead_s is None else round(warnings.clock_ahead_s),
        "crowd": network.crowd,
        "letters": {script_name(state): count for state, count in status.letters.where.items()},
        "roster_expires": None if network.roster_expires is None else times.utc_day(network.roster_expires),
        "roster_expired": network.roster_expired,
        "people": status.people.known,
        "ends_soon": status.letters.ends_soon,
        "requests": status.people.requests,
        "coming": status.letters.coming,
        "lock_after_minutes": None if schedule.lock_after_s is None else round(schedule.lock_after_s / 60),
        "put_back": {
            "asking": status.fresh_starts.asking,
            "since": None if status.fresh_starts.since is None else int(status.fresh_starts.since),
            "replaced": [name for name, _ in status.fresh_starts.replaced],
            "begun": [
                {"name": name, "ours": told.ours, "day": times.utc_day(told.day), "gone": told.gone}
                for name, told in status.fresh_starts.begun
            ],
        },
    }
