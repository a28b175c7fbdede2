"""The commands of `sosik`, each loaded only when it is used.

Invariant: this module imports no command, so that `sosik --help` starts at once; the table below is all it knows.
"""

import importlib
import sys
from typing import Any, cast

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import HOME_HELP, WORDS_FD_HELP
from client_cli.i18n import N_, _

# name -> (module:function, one line of help), in the order of a first day
COMMANDS: dict[str, tuple[str, str]] = {
    "setup": ("client_cli.commands.setup:command", N_("Begin here: language, opening words, how often")),
    "join": ("client_cli.commands.join:command", N_("Use the invitation your helper gave you")),
    "meet": ("client_cli.commands.meet:command", N_("Meet someone: show your card, scan theirs")),
    "compare": ("client_cli.commands.compare:command", N_("Read a few words to each other after meeting")),
    "card": ("client_cli.commands.card:command", N_("Meet someone through a helper")),
    "ask": ("client_cli.commands.ask:ask", N_("Ask a question only the two of you know")),
    "answer": ("client_cli.commands.ask:answer", N_("Answer such a question")),
    "write": ("client_cli.commands.write:command", N_("Write a letter")),
    "picture": ("client_cli.commands.picture:command", N_("Send a picture")),
    "read": ("client_cli.commands.read:command", N_("Read new letters")),
    "letters": ("client_cli.commands.letters:command", N_("Where your letters are")),
    "keep": ("client_cli.commands.keep:command", N_("Keep a letter after reading")),
    "forget": ("client_cli.commands.forget:command", N_("Erase a letter")),
    "people": ("client_cli.commands.people:command", N_("Whom you write to, and how you know it is them")),
    "portrait": ("client_cli.commands.portrait:command", N_("The face beside a person's letters")),
    "pause": ("client_cli.commands.pause:pause", N_("Let letters with somebody wait")),
    "resume": ("client_cli.commands.pause:resume", N_("End a pause")),
    "close": ("client_cli.commands.close:command", N_("End contact with somebody")),
    "status": ("client_cli.commands.status:command", N_("How things stand")),
    "online": ("client_cli.commands.online:command", N_("Send and collect, until you stop it")),
    "sync": ("client_cli.commands.sync:command", N_("Send and collect once, for a moment online")),
    "carry": ("client_cli.commands.carry:command", N_("By courier, where no post box can be reached")),
    "words": ("client_cli.commands.words:command", N_("Change the opening words")),
    "backup": ("client_cli.commands.backup:command", N_("One sealed file to go on from elsewhere")),
    "restore": ("client_cli.commands.restore:command", N_("Go on here from such a file")),
    "lock": ("client_cli.commands.lock:command", N_("Close the letters at once")),
    "leave": ("client_cli.commands.leave:command", N_("Erase everything here and leave")),
    "desk": ("client_cli.commands.desk:command", N_("For helpers: make invitations, introduce people")),
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    context_class = helptext.Context

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        helptext.say_usage_in_words(self)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name][0].split(":")
        return cast(click.Command, getattr(importlib.import_module(module), function))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command meant, or the nearest names of the table, which click does not know."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as unknown:
            raise click.NoSuchCommand(unknown.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the paragraphs of the help."""
        formatter.write_paragraph()
        formatter.write_text(self.help or "")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(line)) for name, (_place, line) in COMMANDS.items()])


def _version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo("sosik " + version("sosik"))
        ctx.exit()


@click.group(
    "sosik",
    cls=LazyGroup,
    invoke_without_command=True,
    help=_("Sosik: letters for families who live apart."),
    epilog=_("Help for one command: sosik write --help"),
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help=_("Print the version.")
)
@click.option("--home", metavar="DIR", help=HOME_HELP)
@click.option("--words-fd", type=int, metavar="N", help=WORDS_FD_HELP)
@click.option("--menus", is_flag=True, help=_("Without a command: numbered menus instead of the full screen."))
@click.pass_context
def sosik(ctx: click.Context, home: str | None, words_fd: int | None, menus: bool) -> None:
    """The group itself: without a command it opens the letter box on a terminal, and elsewhere prints the help.
    Commands look its options up (client_cli.commands.options)."""
    if ctx.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and sys.stdout.isatty():
        from client_cli.commands.letterbox import open_letter_box

        open_letter_box(home, words_fd, menus=menus)
    else:
        click.echo(ctx.get_help())
