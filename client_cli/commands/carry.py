"""`sosik carry`: letters by courier, where no relay can be reached."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli import helptext, terminal
from client_cli.i18n import _, ngettext
from client_cli.options import Opening, opening_options

if TYPE_CHECKING:
    from client_cli.bundlefile import Blocks
    from client_cli.courier import Ran
    from client_cli.unpacking import Unpacked

SOME_MISSING = 12  # exit code: a part did not come; nothing is lost
PICTURES = (".png", ".jpg", ".jpeg")
DEFAULT_EXCHANGES = 16
MAX_EXCHANGES = 512
WAIT_HOURS = 3.0
ADDRESS_SUFFIX = ".address"


@click.group(
    "carry",
    cls=helptext.Group,
    help=_("Letters by courier, where no relay can be reached."),
    epilog=helptext.example("sosik carry pack letters.bundle", "sosik carry unpack answers.bundle"),
)
def carry() -> None:
    """The group itself does nothing."""


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURES


@helptext.command(
    "pack",
    _(
        "Packs letters that wait, and questions for new ones, into a bundle for a courier. Every bundle with the same"
        " number of exchanges has the same size. A name that ends in .png makes a sheet to print, for a courier with a"
        " telephone; it holds two exchanges."
    ),
    "sosik carry pack bundle",
    "sosik carry pack sheet.png --exchanges 2",
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
    from client_cli import bundles, bundlesheet
    from client_cli.bundlefile import write_bundle
    from client_cli.errors import BundleProblem
    from client_cli.i18n import N_
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.slots import Streams

    if out.suffix.lower() == ".png" and exchanges > bundlesheet.MAX_ON_SHEET:
        raise BundleProblem(
            N_("A sheet holds {count} exchanges; nothing was made; give fewer, or another file than a PNG."),
            count=bundlesheet.MAX_ON_SHEET,
        )
    if out.exists():  # what is packed is taken out of the schedule: look before, and once more while writing
        raise BundleProblem(N_("There is a file of this name already; nothing was changed; choose another name."))
    with opening.vault() as vault:
        bundle = bundles.pack(vault, exchanges, SystemClock().now(), Streams(system_entropy, system_entropy))
    if out.suffix.lower() == ".png":
        bundlesheet.write_sheet(bundle.blocks, out)
    else:
        write_bundle(bundle.blocks, out)
    terminal.say(_("Bundle {number} is packed: {path}"), number=bundle.number, path=os.fspath(out))
    terminal.say(_("It does not say whom it is for. The courier also needs the address of the post box:"))
    terminal.say("  sosik carry address FILE")
    terminal.say(_("Have the answers brought back within a month: sosik carry unpack FILE"))


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
    from client_cli.bundlefile import Address, write_address
    from client_cli.bundles import post_box

    with opening.vault() as vault, vault.transaction() as tx:
        place = post_box(tx)[1]
    write_address(Address(place.url, place.tls_pin), out)
    terminal.say(_("The address of the post box is here: {path}"), path=os.fspath(out))


@helptext.command(
    "run",
    _(
        "For couriers, on any computer with a network: posts the bundles IN and writes the answers to OUT. It needs"
        " nothing else of Sosik's. It sends, waits three hours and collects; or only one of the two, on two trips. It"
        " may be run again at any time; answers are added to OUT."
    ),
    "sosik carry run bundle answers --address box.address",
    "sosik carry run bundle answers --send",
    "sosik carry run bundle answers --collect",
)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--address",
    "address_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=_("Address of the post box (otherwise the file IN.address)."),
)
@click.option("--send", is_flag=True, help=_("Only send, on this trip."))
@click.option("--collect", is_flag=True, help=_("Only collect, on a later trip."))
@click.option(
    "--wait",
    "wait_hours",
    type=click.FloatRange(0, 240),
    default=WAIT_HOURS,
    show_default=True,
    metavar="HOURS",
    help=_("Hours between sending and collecting."),
)
@click.option("--proxy", metavar="URL", help=_("Go through this SOCKS5 proxy."))
def run(
    inputs: tuple[Path, ...],
    out: Path,
    address_path: Path | None,
    send: bool,
    collect: bool,
    wait_hours: float,
    proxy: str | None,
) -> int:
    """Post bundles without a vault."""
    from client_cli.bundlefile import answer_file, read_address, read_answers
    from client_cli.courier import Courier
    from client_cli.proxy import parse_proxy
    from client_cli.relay_client import RelayClient

    bundles = _read(inputs)
    where = read_address(address_path or inputs[0].with_name(inputs[0].name + ADDRESS_SUFFIX))
    client = RelayClient(None if proxy is None else parse_proxy(proxy))
    progress = terminal.ProgressLine()

    def show(done: int, count: int) -> None:
        if terminal.is_terminal(sys.stderr) or done == count:
            progress.show("{bar} {number}/{count}", bar=terminal.bar(done, count), number=done, count=count)

    async def pause(seconds: float) -> None:
        progress.show(
            _("Sent. Waiting {hours} hours before collecting; Ctrl-C stops, --collect goes on."), hours=wait_hours
        )
        await asyncio.sleep(seconds)

    with answer_file(out) as answers:
        courier = Courier(where, client, answers, show, pause)
        both = send == collect
        try:
            runs = asyncio.run(
                courier.run(bundles, send=send or both, collect=collect or both, wait_s=wait_hours * 3600)
            )
        finally:
            progress.close()
    _tell_ran(inputs, runs)
    terminal.say(_("Answers in {path}: {count}"), path=os.fspath(out), count=len(read_answers(out).blocks))
    return SOME_MISSING if any(run.missing for run in runs) else 0


def _read(inputs: Sequence[Path]) -> "list[Blocks]":
    """The bundles of all files; all pictures together are one."""
    from client_cli.bundlefile import read_bundle

    bundles = []
    pictures = [path for path in inputs if _is_picture(path)]
    if pictures:
        from client_cli.bundlesheet import read_sheets

        bundles.append(read_sheets(pictures))
    for path in inputs:
        if path in pictures:
            continue
        blocks = read_bundle(path)
        bundles.append(blocks)
        if blocks.cut:
            terminal.warn(
                _("{path} was cut short: it ends inside block {number}; the {count} before it are whole."),
                path=os.fspath(path),
                number=len(blocks.blocks) + 1,
                count=len(blocks.blocks),
            )
    return bundles


def _tell_ran(inputs: Sequence[Path], runs: "Sequence[Ran]") -> None:
    for number, run in enumerate(runs, 1):
        if run.missing:
            terminal.warn(
                _("Bundle {number} of {count}: no answer for the blocks {missing}. Nothing is lost; run it again."),
                number=number,
                count=len(runs),
                missing=ranges(run.missing),
            )


@helptext.command(
    "unpack",
    _(
        "Takes in the answers that a courier brought back: whole or in part, in any order, as often as you like. It"
        " names what is missing."
    ),
    "sosik carry unpack answers",
)
@click.argument("inputs", nargs=-1, required=True, metavar="IN...", type=click.Path(path_type=Path))
@opening_options
def unpack(opening: Opening, inputs: tuple[Path, ...]) -> int:
    """Take in answers."""
    from client_cli.bundlefile import read_answers
    from client_cli.inbox import unread
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.slots import Streams
    from client_cli.unpacking import unpack as take_in

    files = [read_answers(path) for path in inputs]
    with opening.vault() as vault:
        found = take_in(
            vault,
            [block for blocks in files for block in blocks.blocks],
            SystemClock().now(),
            Streams(system_entropy, system_entropy),
        )
        for path, blocks in zip(inputs, files, strict=True):
            if blocks.cut:
                terminal.warn(
                    _("{path} was cut short: it ends inside block {number}; the {count} before it are whole."),
                    path=os.fspath(path),
                    number=len(blocks.blocks) + 1,
                    count=len(blocks.blocks),
                )
        complete = _tell_unpacked(found)
        new = len(unread(vault))
        if new:
            terminal.say(
                ngettext(
                    "{count} new letter waits for you: sosik read", "{count} new letters wait for you: sosik read", new
                ),
                count=new,
            )
    return 0 if complete else SOME_MISSING


def _tell_unpacked(found: "Unpacked") -> bool:
    """Say what came and name what did not; whether everything came."""
    terminal.say(
        _("New answers: {fresh}. Answers that were here already: {again}."), fresh=found.fresh, again=found.again
    )
    if found.strange:
        terminal.warn(_("Blocks that are not yours, or damaged: {count}"), count=found.strange)
    for missing in found.missing:
        if missing.sent:
            terminal.warn(
                _("Bundle {number}: not sent, or its answer did not come back: blocks {missing}"),
                number=missing.bundle,
                missing=ranges(missing.sent),
            )
        if missing.collected:
            terminal.warn(
                _("Bundle {number}: not collected: blocks {missing}"),
                number=missing.bundle,
                missing=ranges(missing.collected),
            )
        if missing.replies and not missing.sent and not missing.collected:
            terminal.warn(
                _("Bundle {number}: {count} answers were not there yet; the courier can collect once more."),
                number=missing.bundle,
                count=missing.replies,
            )
    return bool(found.fresh or found.again) and not any(one.sent or one.collected for one in found.missing)


def ranges(places: Sequence[int]) -> str:
    """Numbers for people: 1, 3, 5-8."""
    parts: list[list[int]] = []
    for place in sorted(places):
        if parts and parts[-1][-1] == place - 1:
            parts[-1][1:] = [place]
        else:
            parts.append([place])
    return ", ".join("-".join(map(str, part)) for part in parts)


for part in (pack, address, run, unpack):
    carry.add_command(part)

command = carry  # the name that `client_cli.cli` looks for
