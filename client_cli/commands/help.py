"""Help pages that fit 80 columns in every language.

Invariant: widths are display columns, not characters, because a Hangul syllable takes two (docs/family.md).
"""

import re
from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

import click

from client_cli.i18n import N_, _
from client_cli.terminal.layout import columns, wrap
from client_cli.terminal.output import size

MIN_WIDTH = 30  # columns; a narrower window breaks the lines itself
TERM_COLUMNS = 26  # widest first column of a list of options; a longer term gets a line of its own

# What stands for something of the person's own in a usage line. Some sentences name them too.
PLACEHOLDERS = frozenset(
    (
        N_("ARGS"),
        N_("CARD"),
        N_("COMMAND"),
        N_("DIR"),
        N_("FILE"),
        N_("HOURS"),
        N_("IMAGE"),
        N_("IN"),
        N_("MINUTES"),
        N_("NAME"),
        N_("NUMBER"),
        N_("OPTIONS"),
        N_("OUT"),
    )
)
_NUMBERS = (type(click.INT), type(click.FLOAT))  # ranges of them are kinds of these


def in_words(usage: str) -> str:
    """A part of a usage line with its placeholders in the person's language."""
    return re.sub(r"[A-Z]+", lambda found: _(found[0]) if found[0] in PLACEHOLDERS else found[0], usage)


def say_usage_in_words(command: click.Command) -> None:
    """Give every placeholder of a command, in help and in errors, its name in the person's language."""
    command.options_metavar = in_words(command.options_metavar or "")
    if isinstance(command, click.Group):
        command.subcommand_metavar = in_words(command.subcommand_metavar)
    for parameter in command.params:
        if parameter.metavar is not None:
            parameter.metavar = in_words(parameter.metavar)
        elif isinstance(parameter, click.Argument):
            name = in_words(str(parameter.name).upper())
            parameter.metavar = name if parameter.required else f"[{name}]"
        if isinstance(parameter.type, _NUMBERS):
            parameter.type = copy(parameter.type)  # click has one of each kind for everybody
            parameter.type.name = _("number")


class Formatter(click.HelpFormatter):
    """click's formatter with display widths; a line that starts with a space is an example and never wrapped."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line."""
        head = f"{prefix or _('Usage:') + ' '}{prog} "
        first, *rest = wrap(args, max(self.width - columns(head), 20))
        self.write("\n".join([head + first, *(" " * columns(head) + line for line in rest)]).rstrip() + "\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, which are separated by empty lines."""
        indent = " " * self.current_indent
        for line in text.strip("\n").split("\n"):
            rows = [line] if line.startswith(" ") else wrap(line, self.width - self.current_indent)
            self.write("".join(f"{indent}{row}".rstrip() + "\n" for row in rows))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = TERM_COLUMNS, col_spacing: int = 2) -> None:
        """Write a list of terms and what they mean."""
        pairs = list(rows)
        first = min(max((columns(term) for term, meaning in pairs), default=0), TERM_COLUMNS) + col_spacing
        indent = " " * self.current_indent
        for term, meaning in pairs:
            head, *rest = wrap(meaning, max(self.width - self.current_indent - first, 10))
            if columns(term) > first - col_spacing:
                self.write(f"{indent}{term}\n{indent}{' ' * first}{head}\n")
            else:
                self.write(f"{indent}{term}{' ' * (first - columns(term))}{head}".rstrip() + "\n")
            self.write("".join(f"{indent}{' ' * first}{row}\n" for row in rest))


class Context(click.Context):
    """Uses the formatter above."""

    formatter_class = Formatter

    def make_formatter(self) -> click.HelpFormatter:
        """As wide as the window, at most 78 columns: click itself never goes below 50."""
        return Formatter(width=max(min(size()[0], 80) - 2, MIN_WIDTH))


class Command(click.Command):
    """A command with its help as plain paragraphs and an example at the end."""

    context_class = Context

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        say_usage_in_words(self)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the paragraphs of the help."""
        formatter.write_paragraph()
        formatter.write_text(self.help or "")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write_text(self.epilog)


class Group(click.Group):
    """A group whose list shows the first sentence of each command, and an example below."""

    context_class = Context

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        say_usage_in_words(self)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list; sentences wrap instead of ending in dots."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _first(self.commands[name].help or "")) for name in self.list_commands(ctx)])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write_text(self.epilog)


def _first(text: str) -> str:
    """The first sentence."""
    sentence = text.split("\n")[0].partition("。")[0].partition(". ")[0].rstrip(".")
    return sentence + ("。" if text.startswith(sentence + "。") else ".")


def example(*lines: str) -> str:
    """The examples that end a help page."""
    return "\n".join([_("Example:") if len(lines) == 1 else _("Examples:"), *(f"  {in_words(line)}" for line in lines)])


def command(name: str, text: str, *examples: str) -> Callable[[Callable[..., Any]], Command]:
    """Decorator: a command with its help text and its examples, which are command lines."""
    return click.command(name, cls=Command, help=text, epilog=example(*examples))
