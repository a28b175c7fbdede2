"""`sosik forget`: erase a letter."""

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output, prompts


@helptext.command(
    "forget",
    _("Erases a letter here: one that you kept, or a new one without reading it. It cannot be taken back."),
    "sosik forget 3",
    "sosik forget 3 --yes",
)
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help=_("Do not ask."))
@opening_options
def command(opening: Opening, number: int, yes: bool) -> None:
    """Ask and erase."""
    from client_cli.inbox.reading import forget_letter, get_letter

    with opening.vault() as vault:
        letter = get_letter(vault, number)
        question = output.sentence(_("Erase letter {number} from {name}?"), number=number, name=letter.person.name)
        if not yes and prompts.choose(question, [_("yes"), _("no")]) != 1:
            output.say(_("Nothing was changed."))
            return
        forget_letter(vault, number)
        output.say(_("Letter {number} has been erased here."), number=number)
