"""`sosik portrait`: the face beside a person's letters."""

from pathlib import Path

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output


@helptext.command(
    "portrait",
    _(
        "Gives a person a portrait, which is shown beside their letters here. It stays on this computer; to send one,"
        " use sosik picture. With a name alone it shows the portrait."
    ),
    "sosik portrait 어머니 drawing.png",
    "sosik portrait 어머니 --from-letter 3",
    "sosik portrait 어머니 --remove",
)
@click.argument("name")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--from-letter", type=int, metavar="NUMBER", help=_("Take the picture of this letter."))
@click.option("--remove", is_flag=True, help=_("Take the portrait away."))
@opening_options
def command(opening: Opening, name: str, file: Path | None, from_letter: int | None, remove: bool) -> None:
    """Set, take away or show."""
    from client_cli.content import pictures
    from client_cli.inbox import reading as inbox
    from client_cli.people import portraits
    from client_cli.people.contacts import require_person

    if (file is not None) + (from_letter is not None) + remove > 1:
        raise click.UsageError(_("Give either a picture, --from-letter or --remove."))
    with opening.vault() as vault:
        person = require_person(vault, name)
        if remove:
            portraits.remove_portrait(vault, person)
            output.say(_("{name} has no portrait now."), name=person.name)
            return
        if file is None and from_letter is None:
            held = portraits.find_portrait(vault, person)
            if held is None:
                output.say(_("{name} has no portrait yet: sosik portrait NAME FILE"), name=person.name)
            elif not output.picture(held):
                output.say(_("{name} has a portrait. This window shows no colours."), name=person.name)
            return
        body = pictures.make_picture(file).body if file is not None else None
        if from_letter is not None:
            body = inbox.get_letter(vault, from_letter).picture
        if body is None:
            output.warn(_("There is no picture in this letter; nothing was changed."))
            click.get_current_context().exit(1)
        portraits.set_portrait(vault, person, body)
        output.picture(body, columns=output.PORTRAIT_COLUMNS)
        output.say(_("This portrait is shown beside letters from {name}."), name=person.name)
