"""`sosik picture`: send a picture."""

from pathlib import Path

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, json_option, opening_options
from client_cli.content.pictures import MAX_PARTS, PARTS
from client_cli.i18n import _
from client_cli.terminal import output, prompts


@helptext.command(
    "picture",
    _(
        "Sends a picture: a photograph, or a face drawn from memory. It is made small and anew from what is to be seen"
        " on it; place, date and notes in the file do not travel. Before it is queued you see what it takes."
    ),
    "sosik picture 어머니 photo.jpg",
    "sosik picture 어머니 drawing.png --parts 2",
)
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--parts",
    type=click.IntRange(1, MAX_PARTS),
    default=PARTS,
    show_default=True,
    metavar="N",
    help=_("How many parts it may take: fewer arrive sooner and show less."),
)
@click.option("--yes", is_flag=True, help=_("Do not ask before sending."))
@json_option
@opening_options
def command(opening: Opening, name: str, file: Path, parts: int, yes: bool, as_json: bool) -> None:
    """Make it, show what it takes, ask, queue."""
    from client_cli.content import pictures
    from client_cli.outbox import letters as outbox
    from client_cli.people.contacts import require_person, require_ready
    from client_cli.seams import SystemClock
    from client_cli.wording.json_records import letter_record
    from client_cli.wording.letters import arrival, tell_queued

    with opening.vault() as vault:
        person = require_person(vault, name)
        require_ready(person)
        made = pictures.make_picture(file, parts)
        if not as_json:
            output.picture(made.body)
            output.say(
                _("The picture will be {width} by {height} points and travel in {parts} parts."),
                width=made.width,
                height=made.height,
                parts=made.parts,
            )
            output.say("{sentence}", sentence=arrival(vault, made.parts))
        if (
            not yes
            and prompts.choose(
                output.sentence(_("Send it to {name}?"), name=person.name),
                [
                    _("yes"),
                    _("no"),
                ],
            )
            != 1
        ):
            output.say(_("Nothing was written."))
            return
        letter = outbox.write_picture(vault, person, made.body, SystemClock().now())
        if as_json:
            output.data(letter_record(letter))
            return
        tell_queued(letter)
