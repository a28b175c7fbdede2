"""States, labels and dates in plain words.

Invariant: one table per enumeration, complete by a test, so that no state is ever shown by its internal name; the names
for scripts (`--json`) are the lower-case names of the enumerations and never translated.
"""

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum

from client_cli.errors import NotJoined
from client_cli.i18n import N_, _, ngettext
from client_cli.inbox.letters import ReceivedLetter
from client_cli.inbox.partial import Coming
from client_cli.meeting.requests import Request
from client_cli.outbox.letters import LetterState, LetterStatus
from client_cli.people.contacts import Label, Person, State
from client_cli.status.estimates import arrival_s
from client_cli.streams.loop_watch import Alarm
from client_cli.terminal import output
from client_cli.vault.transaction import Transactions

LABELS: Mapping[Label, str] = {
    Label.MET: N_("met in person"),
    Label.ANSWERED: N_("answered"),
    Label.NOT_CONFIRMED: N_("not confirmed"),
}
STATES: Mapping[State, str] = {
    State.MEETING: N_("meeting not finished"),
    State.READY: N_("ready for letters"),
    State.PAUSED: N_("paused"),
    State.CLOSED: N_("closed"),
}
STATUSES: Mapping[LetterStatus, str] = {
    LetterStatus.WAITING: N_("waiting for its slot"),
    LetterStatus.ON_ITS_WAY: N_("on its way"),
    LetterStatus.SENT_AGAIN: N_("not arrived, sent again"),
    LetterStatus.ARRIVED: N_("arrived"),
    LetterStatus.EXPIRED: N_("expired"),
}
# The one line under every letter (docs/family.md, Is it really her?): who writes may not be free, or be another.
REMINDER = N_(
    "Is it about money, a meeting or travel? Ask first, about something only the two of you know: sosik ask {name}"
)


def reminder(person: Person) -> str:
    """The one line under a letter, with the command that starts a question."""
    return output.sentence(_(REMINDER), name=typed(person.name))


def typed(name: str) -> str:
    """A name as it is typed behind a command."""
    return name if name.isalnum() else shlex.quote(name)


def day(unix_seconds: float) -> str:
    """The local calendar day."""
    return datetime.fromtimestamp(unix_seconds, tz=UTC).astimezone().strftime("%Y-%m-%d")


def moment(unix_seconds: float) -> str:
    """The local day and minute."""
    return datetime.fromtimestamp(unix_seconds, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def utc_day(number: int) -> str:
    """The calendar day of a UTC day number."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).strftime("%Y-%m-%d")


def label(person: Person) -> str:
    """How a person is confirmed."""
    if person.label is Label.NOT_CONFIRMED and person.introducer:
        return _("introduced by {helper}, not confirmed").format(helper=person.introducer)
    return _(LABELS[person.label])


def script_name(value: Enum) -> str:
    """The name of a state for scripts."""
    return value.name.lower()


def span(seconds: float) -> str:
    """A length of time, in the largest unit of which there are at least two."""
    minutes = max(1, round(seconds / 60))
    if minutes < 120:
        return ngettext("{count} minute", "{count} minutes", minutes).format(count=minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("{count} hour", "{count} hours", hours).format(count=hours)
    days = round(hours / 24)
    return ngettext("{count} day", "{count} days", days).format(count=days)


def arrival(vault: Transactions, parts: int) -> str:
    """When a letter of so many parts is likely to be there."""
    try:
        expected = span(arrival_s(vault, parts))
    except NotJoined:
        return _("It leaves once you have joined a community.")
    return output.sentence(_("While sosik online runs, it is there in about {span}."), span=expected)


def next_step(letter: LetterState) -> str:
    """What happens next with a letter of ours."""
    until = day(letter.expires_on)
    if letter.person.state is State.PAUSED and letter.status not in (LetterStatus.ARRIVED, LetterStatus.EXPIRED):
        return _("waits until you resume; until {day}").format(day=until)
    match letter.status:
        case LetterStatus.WAITING:
            return _("leaves by itself while sosik online runs; until {day}").format(day=until)
        case LetterStatus.ON_ITS_WAY | LetterStatus.SENT_AGAIN:
            if letter.next_try_at is not None:
                when = moment(letter.next_try_at)
                return _("tried again after {moment} if needed; until {day}").format(moment=when, day=until)
            return _("tried again if needed; until {day}").format(day=until)
        case LetterStatus.ARRIVED:
            return ""
        case LetterStatus.EXPIRED:
            return _("not sent any more since {day}; write it again").format(day=until)


def ends_soon(letter: LetterState) -> str:
    """The warning about a letter of ours that has not arrived and will not be sent much longer."""
    return output.sentence(
        _("Letter {number} to {name} has not arrived. It is sent until {day}; then write it again."),
        number=letter.number,
        name=letter.person.name,
        day=day(letter.expires_on),
    )


def letter_record(letter: LetterState) -> dict[str, object]:
    """A letter of ours for scripts."""
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


def alarm_record(alarm: Alarm | None) -> dict[str, object] | None:
    """Post that is being held back, for scripts; None while it is not."""
    if alarm is None:
        return None
    return {
        "guard": alarm.guard,
        "stores": list(alarm.stores),
        "judged": alarm.judged,
        "overdue": alarm.overdue,
        "since": int(alarm.since),
    }


def new_record(letter: ReceivedLetter) -> dict[str, object]:
    """A letter that was not read yet for scripts, without what it says."""
    return {
        "number": letter.number,
        "person": letter.person.name,
        "arrived": utc_day(letter.arrived_day),
        "kind": "text" if letter.picture is None else "picture",
        "stays": letter.kept,
    }


def request(one: Request) -> list[str]:
    """Who waits to be accepted or refused, and what to type; or why they cannot be."""
    which = "" if one.number is None else f" --request {one.number}"
    name = typed(one.name) if one.name else _("NAME")
    lines = [request_sentence(one)]
    if one.problem is None:
        lines.append(output.sentence(_("Accept: sosik card {name} --accept"), name=name) + which)
    return [*lines, output.sentence(_("Refuse: sosik card {name} --refuse"), name=name) + which]


def request_sentence(one: Request) -> str:
    """Who waits to be accepted or refused, or why they cannot be."""
    if one.problem is not None:
        said = output.sentence(_("A card came from {helper}:"), helper=one.helper)
        return said + " " + output.sentence(_(one.problem.msgid), **one.problem.params)
    if one.answered:
        text = _("Somebody answered your card for {name}, through {helper}. Not confirmed.")
    elif one.named:
        text = _("{helper} has a card of {name} for you. Not confirmed.")
    elif one.name:
        text = _("{helper} introduces somebody to you, as {name}. Not confirmed.")
    else:
        text = _("{helper} introduces somebody to you. Not confirmed.")
    return output.sentence(text, name=one.name, helper=one.helper)


def request_record(one: Request) -> dict[str, object]:
    """Somebody who waits to be accepted or refused, for scripts."""
    return {
        "name": one.name,
        "helper": one.helper,
        "number": one.number,
        "kind": "answer" if one.answered else "introduction" if one.named else "one way",
        "acceptable": one.problem is None,
    }


def coming_line() -> str:
    """The sentence about a letter of which not everything is here; takes `name`, `here` and `parts`."""
    return _("A part of a letter from {name} is here ({here} of {parts}).")


def coming_record(one: Coming) -> dict[str, object]:
    """A letter of which only parts are here, for scripts."""
    return {"person": one.person.name, "here": one.here, "parts": one.parts}
