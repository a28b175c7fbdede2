"""`sosik carry unpack`: taking in what a courier brought back."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.errors import ExitCode
from client_cli.i18n import _
from client_cli.terminal import output
from client_cli.wording.bundles import ranges, tell_cut

if TYPE_CHECKING:
    from client_cli.courier.unpacking import Unpacked


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
    from client_cli.courier.bundle_file import read_answers
    from client_cli.courier.unpacking import unpack as accept_answers
    from client_cli.inbox.reading import unread
    from client_cli.randomness import Randomness
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.wording.letters import tell_new

    files = [read_answers(path) for path in inputs]
    with opening.vault() as vault:
        found = accept_answers(
            vault,
            [block for blocks in files for block in blocks.blocks],
            SystemClock().now(),
            Randomness(system_entropy, system_entropy),
        )
        for path, blocks in zip(inputs, files, strict=True):
            tell_cut(path, blocks)
        complete = _tell_unpacked(found)
        tell_new(len(unread(vault)))
    return 0 if complete else ExitCode.SOME_MISSING


def _tell_unpacked(found: "Unpacked") -> bool:
    """Say what came and name what did not; whether everything came."""
    output.say(
        _("New answers: {fresh}. Answers that were here already: {again}."), fresh=found.fresh, again=found.again
    )
    if found.strange:
        output.warn(_("Blocks that are not yours, or damaged: {count}"), count=found.strange)
    for missing in found.missing:
        if missing.sent:
            output.warn(
                _("Bundle {number}: not sent, or its answer did not come back: blocks {missing}"),
                number=missing.bundle,
                missing=ranges(missing.sent),
            )
        if missing.collected:
            output.warn(
                _("Bundle {number}: not collected: blocks {missing}"),
                number=missing.bundle,
                missing=ranges(missing.collected),
            )
        if missing.replies and not missing.sent and not missing.collected:
            output.warn(
                _("Bundle {number}: {count} answers were not there yet; the courier can collect once more."),
                number=missing.bundle,
                count=missing.replies,
            )
    return bool(found.fresh or found.again) and not any(one.sent or one.collected for one in found.missing)
