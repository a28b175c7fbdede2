"""`sosik card`: meet somebody through a helper."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli import helptext, terminal
from client_cli.commands.join import text_card
from client_cli.i18n import _
from client_cli.options import Opening, opening_options

if TYPE_CHECKING:
    from client_cli.introducing import Taken


@helptext.command(
    "card",
    _(
        "Meet someone through a helper. Make a card for one person to come and give it to your helper; the helper hands"
        " back another one, which you scan. Whoever you meet like this is not confirmed until you have asked a question"
        " only the two of you know."
    ),
    "sosik card 동생 --out card.png",
    "sosik card 동생 --scan from-helper.png",
)
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), metavar="OUT.png", help=_("Save your card as a picture."))
@click.option("--words", "as_words", is_flag=True, help=_("Show your card as lines to type."))
@click.option("--scan", type=click.Path(path_type=Path), metavar="IMAGE", help=_("Read what the helper handed back."))
@click.option("--text", metavar="FILE", help=_("The same as text from FILE, or - for standard input."))
@click.option("--accept", is_flag=True, help=_("Accept somebody who answered your card."))
@click.option("--refuse", is_flag=True, help=_("Refuse somebody who answered your card."))
@opening_options
def command(
    opening: Opening,
    name: str,
    out: Path | None,
    as_words: bool,
    scan: Path | None,
    text: str | None,
    accept: bool,
    refuse: bool,
) -> None:
    """Make, take, accept or refuse."""
    from client_cli import introducing
    from client_cli.qrcodes import read_image
    from client_cli.seams import SystemClock, system_entropy

    if (scan is not None) + (text is not None) + accept + refuse > 1:
        raise click.UsageError(_("Give one of --scan, --text, --accept and --refuse."))
    taking = read_image(scan) if scan is not None else None if text is None else text_card(text)
    now = SystemClock().now()
    with opening.vault() as vault:
        if accept:
            _tell_known(introducing.accept(vault, name, now))
        elif refuse:
            introducing.refuse(vault, name)
            terminal.say(_("Refused. Your card is used up; nobody is told."))
        elif taking is None:
            _give(introducing.make_introduce_card(vault, name, now, system_entropy), name, out, as_words)
        else:
            taken = introducing.take_introduction(vault, name, taking, now, system_entropy)
            if taken.request:
                _tell_request(taken)
            else:
                _tell_known(taken)
                if taken.answer is not None:
                    _give_answer(taken.answer, name, out)


def _give(text: str, name: str, out: Path | None, as_words: bool) -> None:
    from client_cli.cards import to_typed
    from client_cli.qrcodes import write_png

    if out is None and not as_words:
        raise click.UsageError(_("Say where to put it: --out OUT.png or --words."))
    if out is not None:
        write_png(text, out)
        terminal.say(_("Your card for {name} is in this picture: {picture}"), name=name, picture=os.fspath(out))
    if as_words:
        terminal.lines(to_typed(text))
    terminal.say(_("Give it to your helper, and delete it afterwards. It is for one person and works once."))
    terminal.say(_("Then scan what the helper hands back: sosik card {name} --scan IMAGE"), name=name)


def _give_answer(text: str, name: str, out: Path | None) -> None:
    from client_cli.qrcodes import write_png

    if out is None:
        terminal.say(_("Hand this line back to your helper, for {name}:"), name=name)
        terminal.lines([text])
        return
    write_png(text, out)
    terminal.say(_("Hand this picture back to your helper, for {name}: {picture}"), name=name, picture=os.fspath(out))


def _tell_known(taken: "Taken") -> None:
    terminal.say(
        _("{name} was introduced by {helper} and is not confirmed. A helper cannot know who is behind a card."),
        name=taken.name,
        helper=taken.introducer,
    )
    terminal.say(_("Next: ask something only the two of you know: sosik ask {name}"), name=taken.name)


def _tell_request(taken: "Taken") -> None:
    terminal.say(
        _("Somebody answered your card for {name}, through {helper}. Not confirmed."),
        name=taken.name,
        helper=taken.introducer,
    )
    terminal.say(_("Accept: sosik card {name} --accept   Refuse: sosik card {name} --refuse"), name=taken.name)
