"""`sosik carry run`: a courier's part. Needs no vault and holds no keys."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.errors import ExitCode
from client_cli.i18n import _
from client_cli.terminal import output
from client_cli.terminal.progress import ProgressLine, bar
from client_cli.wording.bundles import ranges, tell_cut

if TYPE_CHECKING:
    from client_cli.courier.bundle_file import Blocks
    from client_cli.courier.posting import Ran

PICTURES = (".png", ".jpg", ".jpeg")
WAIT_HOURS = 3.0
ADDRESS_SUFFIX = ".address"


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
    from client_cli.content.new_files import require_free
    from client_cli.courier.bundle_file import answer_file, read_address, read_answers
    from client_cli.courier.posting import Courier
    from client_cli.network.proxy import parse_proxy
    from client_cli.network.relay_client import RelayClient

    if out.exists() and any(path.exists() and out.samefile(path) for path in inputs):
        require_free(out)  # a bundle, and not answers to go on with
    bundles = _read(inputs)
    where = read_address(address_path or inputs[0].with_name(inputs[0].name + ADDRESS_SUFFIX))
    client = RelayClient(None if proxy is None else parse_proxy(proxy))
    progress = ProgressLine()

    def show(done: int, count: int) -> None:
        if output.is_terminal(sys.stderr) or done == count:
            progress.show("{bar} {number}/{count}", bar=bar(done, count), number=done, count=count)

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
    output.say(_("Answers in {path}: {count}"), path=os.fspath(out), count=len(read_answers(out).blocks))
    return ExitCode.SOME_MISSING if any(run.missing for run in runs) else 0


def _read(inputs: Sequence[Path]) -> "list[Blocks]":
    """The bundles of all files; all pictures together are one."""
    from client_cli.courier.bundle_file import read_bundle

    bundles = []
    pictures = [path for path in inputs if path.suffix.lower() in PICTURES]
    if pictures:
        from client_cli.courier.paper import read_sheets

        bundles.append(read_sheets(pictures))
    for path in inputs:
        if path in pictures:
            continue
        blocks = read_bundle(path)
        bundles.append(blocks)
        tell_cut(path, blocks)
    return bundles


def _tell_ran(inputs: Sequence[Path], runs: "Sequence[Ran]") -> None:
    for number, run in enumerate(runs, 1):
        if run.missing:
            output.warn(
                _("Bundle {number} of {count}: no answer for the blocks {missing}. Nothing is lost; run it again."),
                number=number,
                count=len(runs),
                missing=ranges(run.missing),
            )
