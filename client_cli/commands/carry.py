"""`sosik carry`: letters by courier, where no post box can be reached."""

import os
from pathlib import Path

import click

from client_cli.commands import help as helptext
from client_cli.commands.carry_run import run
from client_cli.commands.carry_unpack import unpack
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output

DEFAULT_EXCHANGES = 16
MAX_EXCHANGES = 512


@click.group(
    "carry",
    cls=helptext.Group,
    help=_("Letters by courier, where no post box can be reached."),
    epilog=helptext.example("sosik carry pack letters.bundle", "sosik carry unpack answers.bundle"),
)
def carry() -> None:
    """The group itself does nothing."""


@helptext.command(
    "pack",
    _(
        "Packs letters that wait, and questions for new ones, into a bundle for a courier. Every bundle with the same"
        " number of exchanges has the same size. A name that ends in .png makes a sheet to print, for a courier with a"
        " telephone; it holds one exchange: --exchanges 1"
    ),
    "sosik carry pack bundle",
    "sosik carry pack sheet.png --exchanges 1",
)
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--exchanges",
    type=click.IntRange(1, MAX_EXCHANGES),
    default=DEFAULT_EXCHANGES,
    show_default=True,
    metavar="N",
    help=_("How many to send, and as many to collect."),
)
@opening_options
def pack(opening: Opening, out: Path, exchanges: int) -> None:
    """Seal a bundle and write it."""
    from client_cli.content.new_files import require_free
    from client_cli.courier import packing, paper
    from client_cli.courier.bundle_file import write_bundle
    from client_cli.errors import BundleProblem
    from client_cli.i18n import N_
    from client_cli.randomness import Randomness
    from client_cli.seams import SystemClock, system_entropy

    if out.suffix.lower() == ".png" and exchanges > paper.MAX_ON_SHEET:
        raise BundleProblem(
            N_("A sheet holds {count} exchanges; nothing was made; give fewer, or another file than a PNG."),
            count=paper.MAX_ON_SHEET,
        )
    require_free(out)  # what is packed is taken out of the schedule
    with opening.vault() as vault:
        bundle = packing.pack(vault, exchanges, SystemClock().now(), Randomness(system_entropy, system_entropy))
    if out.suffix.lower() == ".png":
        paper.write_sheet(bundle.blocks, out)
    else:
        write_bundle(bundle.blocks, out)
    output.say(_("Bundle {number} is packed: {path}"), number=bundle.number, path=os.fspath(out))
    output.say(_("It does not say whom it is for. The courier also needs the address of the post box:"))
    output.say("  sosik carry address FILE")
    output.say(_("Have the answers brought back within a month: sosik carry unpack FILE"))


@helptext.command(
    "address",
    _(
        "Writes where couriers of your community bring bundles. The file is the same for everyone in the community and"
        " says nothing about you; a courier needs it once."
    ),
    "sosik carry address box.address",
)
@click.argument("out", type=click.Path(path_type=Path))
@opening_options
def address(opening: Opening, out: Path) -> None:
    """Write the public address file."""
    from client_cli.content.new_files import require_free
    from client_cli.courier.bundle_file import Address, write_address
    from client_cli.courier.packing import post_box

    require_free(out)
    with opening.vault() as vault, vault.transaction() as tx:
        place = post_box(tx)[1]
    write_address(Address(place.url, place.tls_pin), out)
    output.say(_("The address of the post box is here: {path}"), path=os.fspath(out))


for part in (pack, address, run, unpack):
    carry.add_command(part)

command = carry  # the name that `client_cli.cli` looks for
