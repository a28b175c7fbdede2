"""`sosik desk certify` and `sosik desk introduce`: offline, and nothing is kept."""

import os
from pathlib import Path

import click

from client_cli import helptext, terminal
from client_cli.i18n import _

_PATH = click.Path(path_type=Path)


@helptext.command(
    "certify",
    _(
        "For whoever keeps the community's own folder: makes a folder for a helper, who can then introduce people. The"
        " name is what people see of the helper. Hand the folder over and delete it here, but keep a copy of the file"
        " helper.cert: it is needed to end the certificate early."
    ),
    "sosik desk certify --community DIR --name 온누리 --out helper",
)
@click.option("--community", type=_PATH, metavar="DIR", required=True, help=_("Folder of the community."))
@click.option("--name", required=True, help=_("Name of the helper, as people see it."))
@click.option("--out", type=_PATH, metavar="DIR", required=True, help=_("New folder for the helper."))
@click.option(
    "--days", type=click.IntRange(1, 730), default=365, show_default=True, help=_("How many days it is good.")
)
def certify(community: Path, name: str, out: Path, days: int) -> None:
    """Make the folder."""
    from client_cli import helping, wording
    from client_cli.seams import SystemClock, system_entropy

    made = helping.certify(community, out, name, days, SystemClock().now(), system_entropy)
    terminal.say(
        _("{name} can introduce people until {day}: {folder}"),
        name=made.name,
        day=wording.utc_day(made.expiry_day),
        folder=os.fspath(out),
    )


@helptext.command(
    "introduce",
    _(
        "Introduces two people who cannot meet. Each gave you a card (sosik card); each gets one picture back, which"
        " carries the other's card. With one card only, that card travels alone, and what comes back is handed to its"
        " owner. You cannot read their letters, and you cannot confirm anybody: tell them to ask each other a question."
    ),
    "sosik desk introduce A.png B.png --helper DIR --out DIR",
    "sosik desk introduce A.png --helper DIR --out DIR",
)
@click.argument("card_a", type=_PATH, metavar="A.png")
@click.argument("card_b", type=_PATH, metavar="[B.png]", required=False)
@click.option("--helper", type=_PATH, metavar="DIR", required=True, help=_("Your folder as a helper."))
@click.option("--out", type=_PATH, metavar="DIR", required=True, help=_("Where to put the pictures."))
@click.option("--words", "as_words", is_flag=True, help=_("Show them as text, too."))
def introduce(card_a: Path, card_b: Path | None, helper: Path, out: Path, as_words: bool) -> None:
    """Read the cards, pass each on, forget."""
    from client_cli import helping, qrcodes
    from client_cli.seams import SystemClock

    now = SystemClock().now()
    source = helping.load_helper(helper, now)
    first = qrcodes.read_image(card_a)
    second = None if card_b is None else qrcodes.read_image(card_b)
    if second is None:
        made = {"from-a.png": helping.pass_on(source, first, None, now)}
    else:
        made = {
            "for-a.png": helping.pass_on(source, second, first, now),
            "for-b.png": helping.pass_on(source, first, second, now),
        }
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for file, text in made.items():
        qrcodes.write_png(text, out / file)
        terminal.say(_("Written: {picture}"), picture=os.fspath(out / file))
        if as_words:
            terminal.lines([text])
    terminal.say(_("Hand each picture to the person it is for, then delete all of them."))
