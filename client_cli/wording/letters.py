"""Letters in words: where ours are and what happens next, what of theirs is here.

Invariant: facts of this vault alone; one table of states, complete by a test. Spec: docs/family.md, Letters.
"""

from collections.abc import Mapping

from client_cli.errors import NotJoined
from client_cli.i18n import N_, _, ngettext
from client_cli.inbox.partial import Coming
from client_cli.outbox.letters import LetterState, LetterStatus
from client_cli.people.contacts import Person, State
from client_cli.status.estimates import arrival_s
from client_cli.terminal import output
from client_cli.vault.transaction import Transactions
from client_cli.wording import times
from client_cli.wording.people import as_typed

__all__ = [
    "REMINDER",
    "STATUSES",
    "arrival",
    "came_late",
    "coming_line",
    "ends_soon",
    "next_step",
    "reminder",
    "tell_new",
    "tell_queued",
]

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
    return output.sentence(_(REMINDER), name=as_typed(person.name))


def arrival(vault: Transactions, parts: int) -> str:
    """When a letter of so many parts is likely to be there."""
    try:
        expected = times.span(arrival_s(vault, parts))
    except NotJoined:
        return _("It leaves once you have joined a community.")
    return output.sentence(_("While sosik online runs, it is there in about {span}."), span=expected)


def next_step(letter: LetterState) -> str:
    """What happens next with a letter of ours."""
    until = times.day(letter.expires_on)
    if letter.person.state is State.PAUSED and letter.status not in (LetterStatus.ARRIVED, LetterStatus.EXPIRED):
        return output.sentence(_("waits until you resume; until {day}"), day=until)
    match letter.status:
        case LetterStatus.WAITING:
            return output.sentence(_("leaves by itself while sosik online runs; until {day}"), day=until)
        case LetterStatus.ON_ITS_WAY | LetterStatus.SENT_AGAIN:
            if letter.next_try_at is not None:
                when = times.moment(letter.next_try_at)
                return output.sentence(_("tried again after {moment} if needed; until {day}"), moment=when, day=until)
            return output.sentence(_("tried again if needed; until {day}"), day=until)
        case LetterStatus.ARRIVED:
            return ""
        case LetterStatus.EXPIRED:
            return output.sentence(_("not sent any more since {day}; write it again"), day=until)


def ends_soon(letter: LetterState) -> str:
    """The warning about a letter of ours that has not arrived and will not be sent much longer."""
    return output.sentence(
        _("Letter {number} to {name} has not arrived. It is sent until {day}; then write it again."),
        number=letter.number,
        name=letter.person.name,
        day=times.day(letter.expires_on),
    )


def came_late() -> str:
    """The line over a letter that is late."""
    return _("It was long on its way: its writer may have been told that it had not arrived.")


def coming_line(one: Coming) -> str:
    """How much has arrived of a letter that cannot be read yet."""
    if one.here == one.parts:
        text = _("A letter from {name} has arrived whole. It opens when the one before it has arrived.")
    else:
        text = _("A part of a letter from {name} has arrived ({here} of {parts}).")
    return output.sentence(text, name=one.person.name, here=one.here, parts=one.parts)


def tell_queued(letter: LetterState) -> None:
    """Say where a letter is that was written just now."""
    output.say(
        _("Letter {number} to {name}: {status}, in {parts} parts."),
        number=letter.number,
        name=letter.person.name,
        status=_(STATUSES[letter.status]),
        parts=letter.parts,
    )
    output.say(_("It is sent again until it arrives, at most until {day}."), day=times.day(letter.expires_on))
    output.say(_("It leaves while this runs: sosik online"))


def tell_new(new: int) -> None:
    """Say how many new letters there are, if any."""
    if new:
        output.say(
            ngettext(
                "{count} new letter waits for you: sosik read", "{count} new letters wait for you: sosik read", new
            ),
            count=new,
        )
