"""`sosik lock`: close the letters at once, without the opening words."""

from pathlib import Path

from client_cli.commands import help as helptext
from client_cli.commands.options import home_option
from client_cli.errors import ExitCode
from client_cli.i18n import _
from client_cli.terminal import output


@helptext.command(
    "lock",
    _(
        "Closes the letters in a running sosik online, at once and without the opening words. Sending and collecting"
        " goes on; what arrives is kept unopened until you next give the words."
    ),
    "sosik lock",
)
@home_option
def command(home: Path) -> int:
    """Ask the running process and say whether it confirmed."""
    from client_cli.vault.lock import request_lock
    from client_cli.vault.vault import require_vault

    require_vault(home)
    if request_lock(home):
        output.say(_("Locked. Your letters open again with the opening words only."))
        return 0
    output.warn(
        _("sosik online has not confirmed yet that it is locked; it will be at its next step. Stop it if in doubt.")
    )
    return ExitCode.NOT_CONFIRMED
