"""`sosik carry unpack`: taking in what a courier brought back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli import helptext, terminal
from client_cli.commands.carry_missing import SOME_MISSING, ranges, tell_cut
from client_cli.i18n import _
from client_cli.options import Opening, opening_options

if TYPE_CHECKING:
    from client_cli.unpacking import Unpacked


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
    from client_cli import telling
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
            tell_cut(path, blocks)
        complete = _tell_unpacked(found)
        telling.waiting(len(unread(vault)))
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
