"""`sosik desk certify`: a folder for a helper, made offline."""

import os
from pathlib import Path

import click

from client_cli.commands import help as helptext
from client_cli.i18n import _
from client_cli.terminal import output

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
@click.option("--name", required=True, metavar="NAME", help=_("Name of the helper, as people see it."))
@click.option("--out", type=_PATH, metavar="DIR", required=True, help=_("New folder for the helper."))
@click.option(
    "--days",
    type=click.IntRange(1, 730),
    default=365,
    show_default=True,
    metavar="N",
    help=_("How many days it is good."),
)
def certify(community: Path, name: str, out: Path, days: int) -> None:
    """Make the folder."""
    from client_cli.desk import helper
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.wording import times

    made = helper.certify(community, out, name, days, SystemClock().now(), system_entropy)
    output.say(
        _("{name} can introduce people until {day}: {folder}"),
        name=made.name,
        day=times.utc_day(made.expiry_day),
        folder=os.fspath(out),
    )
