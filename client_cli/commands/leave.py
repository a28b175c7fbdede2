"""`sosik leave`: erase everything here."""

import unicodedata
from pathlib import Path

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import home_option
from client_cli.i18n import _
from client_cli.terminal import output, prompts

CONFIRMED = "leave"  # for --confirm, the same in every language


@helptext.command(
    "leave",
    _(
        "Erases all letters, names and settings on this computer. First what opens them is destroyed, then the rest."
        " It cannot be taken back, and it does not need the opening words. On memory cards, telephones and newer"
        " disks, traces that cannot be read without the opening words may remain."
    ),
    "sosik leave",
    "sosik leave --confirm leave",
)
@click.option("--confirm", metavar="leave", help=_("For scripts: the word leave, instead of typing it."))
@home_option
def command(home: Path, confirm: str | None) -> int:
    """Ask for the word, then erase."""
    from client_cli.errors import VaultMissing
    from client_cli.vault.erase import anything_left, leave

    if not anything_left(home):
        raise VaultMissing
    if confirm is None:
        word = _("leave")
        output.say(_("All letters, names and settings here will be erased. It cannot be taken back."))
        confirm = prompts.line(output.sentence(_("To go on, type the word {word}: "), word=word))
        agreed = unicodedata.normalize("NFKC", confirm).strip().casefold() in {word.casefold(), CONFIRMED}
    else:
        agreed = confirm == CONFIRMED
    if not agreed:
        output.warn(_("That was not the word. Nothing was changed."))
        return 1
    leave(home)
    output.say(_("Everything here has been erased."))
    output.say(
        _(
            "On memory cards, telephones and newer disks, old pieces may remain. They cannot be read without the"
            " opening words and what was destroyed first. What you saved elsewhere yourself, such as pictures of"
            " cards, is still there."
        )
    )
    return 0
