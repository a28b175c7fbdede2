"""`sosik words`: other opening words for the same letters."""

import time
from pathlib import Path

import click

from client_cli import i18n
from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _
from client_cli.terminal import output, prompts


@helptext.command(
    "words",
    _(
        "Changes the opening words. It asks for those of now, offers four new ones, and makes every guess at them take"
        " about a second on this computer, if it took less. A running sosik online goes on. A copy of this folder that"
        " was made before still opens with the words of before."
    ),
    "sosik words",
)
@click.option(
    "--new-words-fd", type=int, metavar="N", help=_("For scripts: read the new words from open descriptor N.")
)
@opening_options
def command(opening: Opening, new_words_fd: int | None) -> None:
    """Open with the words of now, take others, and write the key file anew."""
    from client_cli.content.opening_words import suggest
    from client_cli.seams import system_entropy
    from client_cli.vault.key_file import VaultKeys, change_words, raised, read_cost, read_keys
    from client_cli.vault.settings import settings
    from client_cli.vault.vault import Vault, require_vault

    def open_both(home: Path, words: str) -> tuple[Vault, VaultKeys, float]:
        began = time.monotonic()
        keys = read_keys(home, words)
        took_s = time.monotonic() - began
        return Vault.open(home, words), keys, took_s

    require_vault(opening.home)
    vault, keys, took_s = opening.opened(open_both)
    with vault:
        language = settings(vault).language
        i18n.use(language)
        words = prompts.new_words(new_words_fd, lambda: suggest(language, system_entropy))
        change_words(opening.home, words, keys, system_entropy, raised(read_cost(opening.home), took_s))
    output.say(_("The opening words are changed. Letters and people are as before."))
    output.say(
        _("Copies of the folder made before, and old pieces on flash memory, still open with the words of before.")
    )
