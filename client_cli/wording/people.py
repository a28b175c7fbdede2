"""People in words: how somebody is confirmed, and whether letters go.

Invariant: one table for each enumeration, complete by a test, so that no state is shown by its internal name.
Spec: docs/protocol.md, Labels.
"""

import shlex
from collections.abc import Mapping

from client_cli.i18n import N_, _
from client_cli.people.contacts import Label, Person, State
from client_cli.terminal import output

__all__ = ["LABELS", "STATES", "as_typed", "label"]

LABELS: Mapping[Label, str] = {
    Label.MET: N_("met in person"),
    Label.CARDS: N_("cards exchanged, not confirmed"),
    Label.ANSWERED: N_("answered"),
    Label.NOT_CONFIRMED: N_("not confirmed"),
}
STATES: Mapping[State, str] = {
    State.MEETING: N_("meeting not finished"),
    State.READY: N_("ready for letters"),
    State.PAUSED: N_("paused"),
    State.CLOSED: N_("closed"),
}


def label(person: Person) -> str:
    """How a person is confirmed."""
    if person.label is Label.NOT_CONFIRMED and person.introducer:
        return output.sentence(_("introduced by {helper}, not confirmed"), helper=person.introducer)
    return _(LABELS[person.label])


def as_typed(name: str) -> str:
    """A name as it is typed behind a command."""
    return name if name.isalnum() else shlex.quote(name)
