"""`sosik read`: show letters; they vanish afterwards unless kept."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from client_cli import helptext, terminal, words
from client_cli.i18n import _
from client_cli.options import Opening, json_option, opening_options

if TYPE_CHECKING:
    from client_cli.inbox import ReceivedLetter


def _show(letters: "Sequence[ReceivedLetter]") -> None:
    from client_cli import wording

    for letter in letters:
        terminal.say(
            _("Letter {number} from {name} ({label}), written {written}, arrived {arrived}"),
            number=letter.number,
            name=letter.person.name,
            label=wording.label(letter.person),
            written=wording.utc_day(letter.written_day),
            arrived=wording.utc_day(letter.arrived_day),
        )
        terminal.say()
        terminal.letter(letter.text)
        terminal.say()
        terminal.say(_(wording.REMINDER))
        terminal.say()


def _records(letters: "Sequence[ReceivedLetter]") -> list[dict[str, object]]:
    from client_cli import wording

    return [
        {
            "number": letter.number,
            "person": letter.person.name,
            "label": wording.script_name(letter.person.label),
            "written": wording.utc_day(letter.written_day),
            "arrived": wording.utc_day(letter.arrived_day),
            "text": letter.text,
        }
        for letter in letters
    ]


@helptext.command(
    "read",
    _(
        "Shows the new letters, of everyone or of one person. After you have read them they are erased here, unless you"
        " keep them. Where nobody can be asked, as in a script, only --keep keeps them."
    ),
    "sosik read",
    "sosik read 어머니 --keep",
    "sosik read --kept",
)
@click.argument("name", required=False)
@click.option("--keep", is_flag=True, help=_("Keep these letters."))
@click.option("--kept", "again", is_flag=True, help=_("Show the letters kept earlier."))
@json_option
@opening_options
def command(opening: Opening, name: str | None, keep: bool, again: bool, as_json: bool) -> None:
    """Show, ask, and erase what is not kept."""
    from client_cli import inbox
    from client_cli.contacts import require_person

    with opening.vault() as vault:
        person = None if name is None else require_person(vault, name)
        letters = inbox.kept(vault, person) if again else inbox.unread(vault, person)
        if as_json:
            terminal.data({"letters": _records(letters)})
        elif letters:
            _show(letters)
        else:
            terminal.say(_("There are no letters you kept.") if again else _("There are no new letters."))
        if not letters:
            return
        asked = not keep and not as_json and sys.stdin.isatty() and terminal.is_terminal()
        if asked:
            keep = words.choose(_("Keep these letters here?"), [_("yes"), _("no, erase them")]) == 1
        elif again:
            return
        inbox.mark_read(vault, [letter.number for letter in letters], keep)
        if asked and not keep:
            terminal.clear()
            terminal.say(_("The letters have been erased here."))
