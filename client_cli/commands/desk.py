"""`sosik desk`: for helpers.  Works offline and keeps nothing."""

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.commands.desk_certify import certify
from client_cli.commands.desk_introduce import cards, introduce
from client_cli.i18n import _
from client_cli.terminal import output
from client_cli.terminal.progress import ProgressLine, bar

if TYPE_CHECKING:
    from client_cli.cards.printed import Sheet
    from protocol.people.key_card import InviteCard

MAX_AT_ONCE = 200


@click.group(
    "desk",
    cls=helptext.Group,
    help=_("For helpers: make invitations, introduce people."),
    epilog=helptext.example(
        "sosik desk invite --community DIR --out invitation.png",
        "sosik desk introduce A.png B.png --helper DIR --out DIR",
    ),
)
def desk() -> None:
    """The group itself does nothing."""


def _numbered(count: int, path: Path) -> list[Path]:
    """The pictures of `count` invitations."""
    width = len(str(count))
    numbered = [path.with_name(f"{path.stem}-{number:0{width}d}{path.suffix}") for number in range(1, count + 1)]
    return [path] if count == 1 else numbered


def _page(card: "InviteCard", text: str) -> "Sheet":
    from client_cli.cards import printed as sheet
    from client_cli.cards.typed import to_typed
    from client_cli.wording import times

    notes = [
        output.sentence(_("Invitation for one person, until {day}."), day=times.utc_day(card.expiry_day)),
        _("Use it with: sosik join PICTURE, or type the lines below: sosik join --text -"),
        _("It works once. If it says that it was used already, stop and ask your helper."),
    ]
    if not all(sheet.printable(note) for note in notes):  # the font has no Chinese; English is better than boxes
        notes = [
            f"Invitation for one person, until {times.utc_day(card.expiry_day)}.",
            "Use it with: sosik join PICTURE, or type the lines below: sosik join --text -",
            "It works once. If it says that it was used already, stop and ask your helper.",
        ]
    return sheet.Sheet(title=card.name, notes=notes, code=text, lines=to_typed(text))


@helptext.command(
    "invite",
    _(
        "Makes invitations from the folder of your community, which your operator prepared. It works offline. Nothing"
        " about an invitation is kept here: hand the picture or the sheet over, then delete it. Each invitation is for"
        " one person and works once."
    ),
    "sosik desk invite --community DIR --out invitation.png",
    "sosik desk invite --community DIR --count 20 --sheet invitations.pdf",
)
@click.option(
    "--community", type=click.Path(path_type=Path), metavar="DIR", required=True, help=_("Folder of the community.")
)
@click.option("--out", type=click.Path(path_type=Path), metavar="OUT.png", help=_("Save the code as a picture."))
@click.option(
    "--sheet",
    "sheet_path",
    type=click.Path(path_type=Path),
    metavar="OUT.pdf",
    help=_("Save sheets to print, one a page."),
)
@click.option("--words", "as_words", is_flag=True, help=_("Show the invitation as lines to type."))
@click.option(
    "--count",
    type=click.IntRange(1, MAX_AT_ONCE),
    default=1,
    show_default=True,
    metavar="N",
    help=_("How many invitations."),
)
@click.option(
    "--days",
    type=click.IntRange(1, 90),
    default=14,
    show_default=True,
    metavar="N",
    help=_("How many days it can be used."),
)
def invite(community: Path, out: Path | None, sheet_path: Path | None, as_words: bool, count: int, days: int) -> None:
    """Make, hand over, forget."""
    from client_cli.cards import printed as sheet
    from client_cli.cards import qr
    from client_cli.cards.typed import to_typed
    from client_cli.content.new_files import require_free
    from client_cli.desk.invitations import load_community, make_invitation
    from client_cli.seams import SystemClock, system_entropy
    from protocol.people.key_card import encode_card_text

    if out is None and sheet_path is None and not as_words:
        raise click.UsageError(_("Say where to put it: --out OUT.png, --sheet OUT.pdf or --words."))
    if (
        sheet_path is not None
        and sheet_path.suffix.lower() != ".pdf"
        and (count > 1 or sheet_path.suffix.lower() != ".png")
    ):
        raise click.UsageError(_("A sheet is a PDF, or a PNG for one invitation."))
    pictures: list[Path] = []
    if out is not None:
        require_free(qr.png_path(out), partial(_numbered, count))
        pictures = _numbered(count, qr.png_path(out))
    if sheet_path is not None:
        require_free(sheet_path)
    source = load_community(community)
    now = SystemClock().now()
    pages = []
    progress = ProgressLine()
    for number in range(1, count + 1):
        card = make_invitation(source, now, system_entropy, days)
        text = encode_card_text(card)
        if pictures:
            qr.write_png(text, pictures[number - 1])
        if as_words:
            output.lines([*to_typed(text), ""])
        if sheet_path is not None:
            pages.append(sheet.draw(_page(card, text)))
        if count > 1 and output.is_terminal():
            progress.show("{bar} {number}/{count}", bar=bar(number, count), number=number, count=count)
    progress.close()
    if sheet_path is not None:
        sheet.write(pages, sheet_path)
        output.say(_("Sheets to print: {path}"), path=os.fspath(sheet_path))
    if pictures:
        output.say(_("Pictures: {path}"), path=os.fspath(pictures[0]) + ("" if count == 1 else " ..."))
    output.say(_("Nothing about them is kept here. Delete pictures and sheets when they are handed over."))


for _part in (invite, introduce, cards, certify):
    desk.add_command(_part)

command = desk  # the name that `client_cli.cli` looks for
