"""`sosik pause`: let letters with somebody wait."""

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
def command(opening: Opening, name: str) -> None:
    """Pause."""
    from client_cli.people.contacts import pause_person, require_person

    with opening.vault() as vault:
        person = require_person(vault, name)
        pause_person(vault, person)
        output.say(_("Paused. {name} is not told. To go on: sosik resume NAME"), name=person.name)
        output.say(_("Letters that wait here for too long expire as always; sosik letters tells you before."))
