"""`sosik restore`: a new vault from a backup."""

from pathlib import Path

import click

from client_cli import i18n
from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, opening_options
from client_cli.i18n import _, ngettext
from client_cli.terminal import output


@helptext.command(
    "restore",
    _(
        "Goes on here from a file that sosik backup wrote, where nothing is set up yet. It asks for the words of the"
        " backup, which are the opening words here from then on.\n\nNothing of the old state is used: sosik online asks"
        " the program of each person, and once it has answered, letters go on. Never use the other computer beside this"
        " one: people go on with whichever asked last, and the other says so."
    ),
    "sosik restore people.backup",
)
@click.argument("in", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@opening_options
def command(opening: Opening, **given: Path) -> None:
    """Ask for the words of the backup, make the vault, and say what is there."""
    from client_cli.backup.backups import PutBackVault, restore
    from client_cli.backup.sealed_file import MAX_FILE_BYTES
    from client_cli.errors import NoBackup
    from client_cli.seams import SystemClock, system_entropy
    from client_cli.vault.settings import settings
    from client_cli.vault.vault import require_no_vault
    from client_cli.wording.times import day

    require_no_vault(opening.home)
    if given["in"].stat().st_size > MAX_FILE_BYTES:
        raise NoBackup
    data = given["in"].read_bytes()

    def open_with(home: Path, words: str) -> PutBackVault:
        return restore(home, data, words, SystemClock().now(), system_entropy)

    there = opening.opened(open_with)
    with there.vault as vault:
        i18n.use(settings(vault).language)
    counted = ngettext(
        "The backup of {day} is put back, with {count} person in it.",
        "The backup of {day} is put back, with {count} people in it.",
        there.people,
    )
    output.say(counted, day=day(there.made_at), count=there.people)
    if there.letters:
        output.say(_("Letters are as they were then; what came later may be gone, and sosik status counts it."))
    else:
        output.say(
            _("Letters and pictures are not in it; letters of yours that had not arrived have to be written again.")
        )
    output.say(
        _(
            "Next: sosik online. It asks the program of each person, and letters go on once it has answered. With whom"
            " it does not, because too many letters have passed since, meet again: sosik close, sosik meet."
        )
    )
    output.say(
        _(
            "If the other computer still runs, stop Sosik there for good: sosik leave. People go on with whichever"
            " asked last; if that was the other, type here, once it is stopped: sosik online --take-over"
        )
    )
    output.say(_("The words of the backup are the opening words here; for others: sosik words"))
