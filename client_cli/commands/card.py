"""`sosik card`: meet somebody through a helper."""

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
    from client_cli.meeting.introductions import CardOutcome
    from client_cli.vault.vault import Vault


@helptext.command(
    "card",
    _(
        "Meet someone through a helper. Make a card for one person to come and give it to your helper, as a picture or,"
        " when you write to each other, in a letter (--through; the helper sees the name). What comes back you scan, or"
        " accept. Whoever you meet like this is not confirmed until you have asked a question"
        " only the two of you know."
    ),
    "sosik card 동생 --out card.png",
    "sosik card 동생 --scan from-helper.png",
    "sosik card 동생 --through 온누리",
    "sosik card 동생 --accept",
)
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), metavar="OUT.png", help=_("Save your card as a picture."))
@click.option("--words", "as_words", is_flag=True, help=_("Show your card as lines to type."))
@click.option("--scan", type=click.Path(path_type=Path), metavar="IMAGE", help=_("Read what the helper handed back."))
@click.option("--text", metavar="FILE", help=_("The same as text from FILE, or - for standard input."))
@click.option("--through", metavar="NAME", help=_("Send your card in a letter to a helper you write to."))
@click.option("--accept", is_flag=True, help=_("Accept somebody who waits; NAME is what you call them."))
@click.option("--refuse", is_flag=True, help=_("Refuse somebody who waits."))
@click.option("--request", "number", type=int, metavar="NUMBER", help=_("Which, where the name does not tell."))
@opening_options
def command(
    opening: Opening,
    name: str,
    out: Path | None,
    as_words: bool,
    scan: Path | None,
    text: str | None,
    through: str | None,
    accept: bool,
    refuse: bool,
    number: int | None,
) -> None:
    """Make, send, take, accept or refuse."""
    from client_cli.cards.qr import free_png, read_image
    from client_cli.inbox import receiving
    from client_cli.meeting import introductions, own_cards, requests
    from client_cli.seams import SystemClock, system_entropy

    if (scan is not None) + (text is not None) + (through is not None) + accept + refuse > 1:
        raise click.UsageError(_("Give one of --scan, --text, --through, --accept and --refuse."))
    out = None if out is None else free_png(out)
    taking = read_image(scan) if scan is not None else None if text is None else text_card(text)
    now = SystemClock().now()
    with opening.vault() as vault:
        receiving.open_arrived(vault)
        if accept:
            _tell_known(requests.accept(vault, name, now, system_entropy, number))
        elif refuse:
            requests.refuse(vault, name, now, number)
            output.say(_("Refused. Nobody is told; if you had given a card, it is used up."))
        elif through is not None:
            _send(vault, through, name, now)
        elif taking is None:
            _give(own_cards.make_introduce_card(vault, name, now, system_entropy), name, out, as_words)
        else:
            taken = introductions.accept_introduction(vault, name, taking, now, system_entropy)
            if taken.request:
                _tell_request(taken)
            else:
                _tell_known(taken)
                if taken.answer is not None:
                    _give_answer(taken.answer, name, out)


def _send(vault: "Vault", through: str, name: str, now: float) -> None:
    from client_cli.meeting import handovers
    from client_cli.people.contacts import require_person
    from client_cli.seams import system_entropy

    helper = require_person(vault, through)
    handovers.give(vault, helper, name, now, system_entropy)
    output.say(_("Your card for {name} leaves for {helper} like a letter."), name=name, helper=helper.name)
    output.say(
        _("{helper} sees that it is for {name}. What comes back is shown by: sosik people"),
        name=name,
        helper=helper.name,
    )


def _give(text: str, name: str, out: Path | None, as_words: bool) -> None:
    from client_cli.cards.qr import write_png
    from client_cli.cards.typed import to_typed

    if out is None and not as_words:
        raise click.UsageError(_("Say where to put it: --out OUT.png or --words."))
    if out is not None:
        out = write_png(text, out)
        output.say(_("Your card for {name} is in this picture: {picture}"), name=name, picture=os.fspath(out))
    if as_words:
        output.lines(to_typed(text))
    output.say(_("Give it to your helper, and delete it afterwards. It is for one person and works once."))
    output.say(_("Then scan what the helper hands back: sosik card {name} --scan IMAGE"), name=name)


def _give_answer(text: str, name: str, out: Path | None) -> None:
    from client_cli.cards.qr import write_png

    if out is None:
        output.say(_("Hand this line back to your helper, for {name}:"), name=name)
        output.lines([text])
        return
    out = write_png(text, out)
    output.say(_("Hand this picture back to your helper, for {name}: {picture}"), name=name, picture=os.fspath(out))


def _tell_known(taken: "CardOutcome") -> None:
    from client_cli.wording.people import as_typed

    output.say(
        _("{name} was introduced by {helper} and is not confirmed. A helper cannot know who is behind a card."),
        name=taken.name,
        helper=taken.introducer,
    )
    output.say(_("Next: ask something only the two of you know: sosik ask {name}"), name=as_typed(taken.name))


def _tell_request(taken: "CardOutcome") -> None:
    from client_cli.meeting.requests import Request
    from client_cli.wording.requests import request_lines

    for line in request_lines(Request(taken.name, True, taken.introducer, None, answered=True)):
        output.say("{line}", line=line)
