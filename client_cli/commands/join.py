"""`sosik join`: take an invitation into a community."""

import sys
from pathlib import Path

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.errors import CardProblem
from client_cli.i18n import N_, _
from client_cli.terminal import output, prompts

MAX_TEXT_BYTES = 20_000  # the longest card in words is far below; more is another file


def card_text(image: Path | None, text: str | None) -> str:
    """The card from a picture, or from a text file or standard input ("-"): QR text or typed lines."""
    if (image is None) == (text is None):
        raise click.UsageError(_("Give either a picture or --text."))
    if image is not None:
        from client_cli.cards.qr import read_image

        return read_image(image)
    assert text is not None  # noqa: S101  # told to the type checker; the line above decides it
    return text_card(text)


def text_card(source: str) -> str:
    """A card's text from a file, or from standard input for "-"; typed lines are put back together."""
    from client_cli.cards.typed import from_typed

    if source == "-" and sys.stdin.isatty():
        return from_typed(_typed())
    try:
        raw = sys.stdin.buffer.read(MAX_TEXT_BYTES + 1) if source == "-" else _read(Path(source))
        typed = raw.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CardProblem(N_("That text cannot be read; nothing was changed; check the name of the file.")) from error
    if len(raw) > MAX_TEXT_BYTES:
        raise CardProblem(N_("This is too long for a card; nothing was changed; check the name of the file."))
    return from_typed(typed)


def _typed() -> str:
    """Lines that a person types, each checked at once, until the card is whole or the person ends the input."""
    from protocol.people.key_card import CARD_PREFIX
    from protocol.people.typed_card import CardLineError, parse_line

    output.say(_("Type the lines with their numbers, in any order. Each is checked at once; 0 goes back."))
    kept: dict[int, str] = {}
    last = 0
    while not last or len(kept) < last:
        expected = next(number for number in range(1, len(kept) + 2) if number not in kept)
        try:
            line = prompts.line("> ").strip()
        except EOFError:
            break
        if line.startswith(CARD_PREFIX):
            return line
        if line == "0":  # lines are numbered from 1
            raise prompts.GoneBack
        if not line:
            continue
        try:
            number, _bytes, is_last = parse_line(line, expected)
        except CardLineError as error:
            output.warn(_("Line {line} is not right; please type it again."), line=error.line)
            continue
        kept[number] = line
        last = number if is_last else last
    return "\n".join(kept[number] for number in sorted(kept))


def _read(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_TEXT_BYTES + 1)


@helptext.command(
    "join",
    _(
        "Takes the invitation that your helper gave you: a picture of its code, or its lines to type with --text."
        " An invitation works once, on one computer."
    ),
    "sosik join invitation.png",
    "sosik join --text lines.txt",
)
@click.argument("image", required=False, type=click.Path(path_type=Path))
@click.option("--text", metavar="FILE", help=_("Read the card's lines from FILE, or - for standard input."))
@click.option("--yes", is_flag=True, help=_("Do not ask whether this is the right community."))
@opening_options
def command(opening: Opening, image: Path | None, text: str | None, yes: bool) -> None:
    """Show the community's name, ask, and join."""
    from client_cli.community.joining import community_name, is_member, join
    from client_cli.seams import SystemClock

    card = card_text(image, text)
    now = SystemClock().now()
    name = community_name(card, now)
    with opening.vault() as vault:
        output.say(_("This is an invitation to: {name}"), name=name)
        again = is_member(vault, card, now)
        question = _("Is this the community you were told about?")
        if again:
            output.say(_("You are in this community already. The post boxes of this invitation would be asked first."))
            question = _("Did your helper give you this invitation now?")
        if not yes and prompts.choose(question, [_("yes"), _("no")]) != 1:
            output.say(_("Nothing was changed. Ask your helper, and do not use this invitation."))
            return
        join(vault, card, now, again=again)
        output.say(_("You have joined {name}."), name=name)
        output.say(_("Next: start sending and collecting: sosik online"))
