"""`sosik write`: queue a letter.

Decision 37.
"""

import sys
from pathlib import Path

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, json_option, opening_options
from client_cli.errors import SosikError
from client_cli.i18n import N_, _
from client_cli.terminal import output, prompts

MAX_BYTES = 1_000_000  # far above the longest letter: enough to say by how much it is too long


class UnreadableText(SosikError):
    """The letter's text could not be taken."""

    sentence = N_(
        "That text cannot be read; nothing was written; check the name of the file, and that it is UTF-8 text."
    )


def _text(source: str | None) -> str:
    if source is None and sys.stdin.isatty():
        return prompts.letter_text()
    try:
        if source in {None, "-"}:
            raw = sys.stdin.buffer.read(MAX_BYTES)
        else:
            with Path(str(source)).open("rb") as stream:
                raw = stream.read(MAX_BYTES)
        text = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableText from error
    return text


@helptext.command(
    "write",
    _(
        "Writes a letter and keeps it until it can leave. Type it line by line; a line with only a full stop ends it."
        " Or give a text file, or - for standard input. No editor is started, because editors leave copies behind."
    ),
    "sosik write 어머니",
    "sosik write 어머니 letter.txt",
)
@click.argument("name")
@click.argument("file", required=False)
@json_option
@opening_options
def command(opening: Opening, name: str, file: str | None, as_json: bool) -> None:
    """Take the text, queue it, and say where the letter is."""
    from client_cli.outbox.letters import write_letter
    from client_cli.people.contacts import require_person, require_ready
    from client_cli.seams import SystemClock
    from client_cli.wording.json_records import letter_record
    from client_cli.wording.letters import tell_queued

    with opening.vault() as vault:
        person = require_person(vault, name)
        require_ready(person)
        text = _text(file)
        letter = write_letter(vault, person, text, SystemClock().now())
        if as_json:
            output.data(letter_record(letter))
            return
        tell_queued(letter)
