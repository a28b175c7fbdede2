"""`sosik keep`: a letter that stays after it was read."""

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output


@helptext.command(
    "keep",
    _(
        "Keeps a letter that you have not read yet: it stays after you have read it. The numbers of new letters are in"
        " sosik letters; sosik read --kept shows what you kept."
    ),
    "sosik keep 3",
)
@click.argument("number", type=int)
@opening_options
def command(opening: Opening, number: int) -> None:
    """Mark it."""
    from client_cli.inbox.reading import keep_letter

    with opening.vault() as vault:
        keep_letter(vault, number)
        output.say(_("Letter {number} stays after you have read it."), number=number)
