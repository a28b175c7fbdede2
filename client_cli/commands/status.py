"""`sosik status`: how things stand."""

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, json_option, opening_options
from client_cli.i18n import _
from client_cli.terminal import output


@helptext.command(
    "status",
    _(
        "Says whether sending and collecting runs, through how many post boxes, what it costs in a month, and whether"
        " test letters to yourself come back."
    ),
    "sosik status",
    "sosik status --json",
)
@json_option
@opening_options
def command(opening: Opening, as_json: bool) -> None:
    """Print it."""
    from client_cli.seams import SystemClock
    from client_cli.status.facts import status
    from client_cli.wording.json_records import status_record
    from client_cli.wording.status import sentences

    with opening.vault() as vault:
        found = status(vault, SystemClock().now())
        if as_json:
            output.data(status_record(found))
            return
        # All on standard output, warnings too: whoever keeps or pages this report must not lose them.
        for sentence in sentences(found):
            output.say("{sentence}", sentence=sentence.text)
