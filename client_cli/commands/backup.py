"""`sosik backup`: one sealed file from which to go on elsewhere."""

import os
from pathlib import Path

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output, prompts


@helptext.command(
    "backup",
    _(
        "Writes one sealed file with which you go on elsewhere if this computer is lost. None is made unless you ask"
        " for it. It holds your people, their names and how you know it is them, and what is needed to go on with them"
        " without meeting again; no letters and no pictures. It gets opening words of its own.\n\nWhoever has the file"
        " and its words knows all names, can write in your name and can read what is on its way to you, as long as the"
        " backup is good; with --letters also every letter in it, even one that you erase later. It is good for going"
        " on with somebody until about four letters have passed between you; after that you meet again. So make a new"
        " one now and then, and destroy the one before."
    ),
    "sosik backup people.backup",
    "sosik backup all.backup --letters",
)
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--letters", is_flag=True, help=_("Letters and pictures as well."))
@click.option(
    "--new-words-fd", type=int, metavar="N", help=_("For scripts: read the words of the backup from open descriptor N.")
)
@opening_options
def command(opening: Opening, out: Path, letters: bool, new_words_fd: int | None) -> None:
    """Ask for words of its own, and write the file."""
    from client_cli.backup.backups import make_backup
    from client_cli.content.new_files import require_free, write_new
    from client_cli.content.opening_words import suggest
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.vault.key_file import read_cost
    from client_cli.vault.settings import settings

    with opening.vault() as vault:
        require_free(out)
        language = settings(vault).language
        if new_words_fd is None:
            output.say(_("Now choose words for the backup alone. Without them nobody can open it, you neither."))
        words = prompts.new_words(new_words_fd, lambda: suggest(language, system_entropy))
        made = make_backup(vault, words, read_cost(opening.home), SystemClock().now(), system_entropy, letters=letters)
        write_new(out, made)
    output.say(_("The backup is written: {file}"), file=os.fspath(out))
    output.say(
        _(
            "It is good for going on with somebody until about four letters have passed between you. Then make a new"
            " one, and destroy this one."
        )
    )
