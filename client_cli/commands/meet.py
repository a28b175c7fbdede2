"""`sosik meet`: show my card, scan theirs, in person."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.commands.join import text_card
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output

if TYPE_CHECKING:
    from client_cli.vault.vault import Vault


def _show_in_terminal(text: str) -> None:
    from client_cli.cards import qr

    modules = qr.matrix(text, qr.LOW)
    wide, high = qr.terminal_size(modules)
    columns, rows = output.size()
    if output.colours() and wide <= columns and high < rows:
        output.lines(qr.terminal_rows(modules))
        return
    if not output.colours():  # a pipe, or no colours wanted: no window is large enough
        output.say(
            _("The code cannot be drawn here. Save it as a picture: --show CARD.png, or show its lines: --words")
        )
        return
    output.say(
        _(
            "The code needs a window of {wide} columns and {high} rows. Make the window larger or its letters smaller"
            " (often Ctrl and minus), or save it as a picture: --show CARD.png"
        ),
        wide=wide,
        high=high + 1,
    )


def _show(vault: "Vault", name: str, picture: Path | None, as_words: bool, now: float) -> None:
    """Make my card, or take the one that was made, and show it."""
    from client_cli.cards.typed import to_typed
    from client_cli.meeting.in_person import show_card
    from client_cli.seams import system_entropy

    text = show_card(vault, name, now, system_entropy)
    if picture is not None:
        from client_cli.cards.qr import write_png

        picture = write_png(text, picture)
        output.say(_("Your card for {name} is in this picture: {picture}"), name=name, picture=os.fspath(picture))
        output.say(_("Show it to {name} only, and delete the picture afterwards."), name=name)
    if as_words:
        output.say(_("Your card for {name} as lines to type:"), name=name)
        output.lines(to_typed(text))
    if picture is None and not as_words:
        _show_in_terminal(text)


@helptext.command(
    "meet",
    _(
        "Meet someone in person. Each of you shows a code and scans the other's; a card is for one person and is used"
        " once. The order does not matter, and you may go on later. At the end read a few words to each other: sosik"
        " compare NAME\n\nWithout options it shows your code in this window."
    ),
    "sosik meet 어머니 --show card.png",
    "sosik meet 어머니 --scan photo.jpg",
)
@click.argument("name")
@click.option("--show", type=click.Path(path_type=Path), metavar="OUT.png", help=_("Save your code as a picture."))
@click.option("--words", "as_words", is_flag=True, help=_("Show your card as lines to type."))
@click.option("--scan", type=click.Path(path_type=Path), metavar="IMAGE", help=_("Read their code from a picture."))
@click.option("--text", metavar="FILE", help=_("Read their card's lines from FILE, or - for standard input."))
@opening_options
def command(
    opening: Opening, name: str, show: Path | None, as_words: bool, scan: Path | None, text: str | None
) -> None:
    """Show, scan, or both, and say what is still to do."""
    from client_cli.cards.qr import free_png, read_image
    from client_cli.meeting.in_person import progress, scan_card
    from client_cli.seams import SystemClock

    if scan is not None and text is not None:
        raise click.UsageError(_("Give either --scan or --text."))
    show = None if show is None else free_png(show)
    theirs = read_image(scan) if scan is not None else None if text is None else text_card(text)
    now = SystemClock().now()
    with opening.vault() as vault:
        if theirs is not None:
            scan_card(vault, name, theirs, now)
        if theirs is None or show is not None or as_words:
            _show(vault, name, show, as_words, now)
        _tell(progress(vault, name), name)


def _tell(progress: object, name: str) -> None:
    from client_cli.meeting.in_person import MeetingProgress

    if progress is MeetingProgress.DONE:
        output.say(_("Done here, once {name} has scanned your card too. You can write to each other."), name=name)
        output.say(_("Next, while you are together, read a few words to each other: sosik compare {name}"), name=name)
    elif progress is MeetingProgress.SCANNED:
        output.say(
            _("You have scanned the card of {name}. Now show yours: sosik meet {name} --show CARD.png"), name=name
        )
    else:
        output.say(_("When {name} has scanned it, scan theirs: sosik meet {name} --scan IMAGE"), name=name)
