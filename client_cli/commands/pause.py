"""`sosik pause` and `sosik resume`: let letters with somebody wait, and go on."""

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output


@helptext.command(
    "pause",
    _(
        "Lets the letters between you and one person wait. Yours stay here; theirs are collected and not shown among"
        " the new ones. The other side is not told, and what passes over the line stays the same."
    ),
    "sosik pause 어머니",
)
@click.argument("name")
@opening_options
def pause(opening: Opening, name: str) -> None:
    """Pause."""
    from client_cli.people.contacts import pause_person, require_person

    with opening.vault() as vault:
        person = require_person(vault, name)
        pause_person(vault, person)
        output.say(_("Paused. {name} is not told. To go on: sosik resume NAME"), name=person.name)
        output.say(_("Letters that wait here for too long expire as always; sosik letters tells you before."))


@helptext.command(
    "resume",
    _("Ends a pause: letters that waited leave, and letters that came meanwhile are shown."),
    "sosik resume 어머니",
)
@click.argument("name")
@opening_options
def resume(opening: Opening, name: str) -> None:
    """Resume."""
    from client_cli.people.contacts import require_person, resume_person

    with opening.vault() as vault:
        person = require_person(vault, name)
        resume_person(vault, person)
        output.say(_("Letters with {name} go on."), name=person.name)
