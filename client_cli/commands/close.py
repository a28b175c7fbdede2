"""`sosik close`: end a contact."""

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output, prompts


@helptext.command(
    "close",
    _(
        "Ends contact with somebody, for example when their telephone was lost or taken. Nothing more is sent to that"
        " device or read from it. Letters you kept stay. Nobody is told. Meet again with new cards; the person is then"
        " new, and not confirmed."
    ),
    "sosik close 동생",
)
@click.argument("name")
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@opening_options
def command(opening: Opening, name: str, yes: bool) -> None:
    """Ask once, and close."""
    from client_cli.meeting.closing import close_person
    from client_cli.people.contacts import require_person

    with opening.vault() as vault:
        person = require_person(vault, name)
        if not yes and prompts.choose(_("End this contact? It cannot be opened again."), [_("yes"), _("no")]) != 1:
            output.say(_("Nothing was changed."))
            return
        close_person(vault, person.number)
        output.say(_("Contact with {name} is closed. Letters you kept are still here."), name=person.name)
