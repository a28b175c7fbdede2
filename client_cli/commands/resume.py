"""`sosik resume`: end a pause."""

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output


@helptext.command(
    "resume",
    _("Ends a pause: letters that waited leave, and letters that came meanwhile are shown."),
    "sosik resume 어머니",
)
@click.argument("name")
@opening_options
def command(opening: Opening, name: str) -> None:
    """Resume."""
    from client_cli.people.contacts import require_person, resume_person

    with opening.vault() as vault:
        person = require_person(vault, name)
        resume_person(vault, person)
        output.say(_("Letters with {name} go on."), name=person.name)
