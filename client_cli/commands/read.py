"""`sosik read`: show letters; they vanish afterwards unless kept."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, json_option, opening_options
from client_cli.i18n import _
from client_cli.terminal import output, prompts

if TYPE_CHECKING:
    from client_cli.inbox.letters import ReceivedLetter
    from client_cli.vault.vault import Vault


def _show(
    letters: "Sequence[ReceivedLetter]", faces: Mapping[int, bytes], saved: Mapping[int, Path]
) -> "list[ReceivedLetter]":
    """Print them; returns those that were really seen: a picture that could not be shown is not one of them."""
    from client_cli.wording import times
    from client_cli.wording.letters import came_late, reminder
    from client_cli.wording.people import label

    seen, drawn = [], set()
    for letter in letters:
        if letter.person.number in faces and letter.person.number not in drawn:
            drawn.add(letter.person.number)
            output.picture(faces[letter.person.number], output.PORTRAIT_COLUMNS)
        output.say(
            _("Letter {number} from {name} ({label}), written {written}, arrived {arrived}"),
            number=letter.number,
            name=letter.person.name,
            label=label(letter.person),
            written=times.utc_day(letter.written_day),
            arrived=times.utc_day(letter.arrived_day),
        )
        if letter.late:
            output.say("{line}", line=came_late())
        output.say()
        if letter.picture is None:
            output.letter(letter.text)
            seen.append(letter)
        elif _show_picture(letter, saved.get(letter.number)):
            seen.append(letter)
        output.say()
        output.say("{line}", line=reminder(letter.person))
        output.say()
    return seen


def _show_picture(letter: "ReceivedLetter", saved: Path | None) -> bool:
    """Draw it, or say what it is; whether the person has it now."""
    from client_cli.content.pictures import open_picture
    from client_cli.errors import SosikError

    assert letter.picture is not None  # noqa: S101  # told to the type checker; the caller decides it
    try:
        drawn = output.picture(letter.picture)
        picture = open_picture(letter.picture)
    except SosikError as problem:
        output.warn(_(problem.msgid), **problem.params)
        return False
    if not drawn:
        output.say(_("  A picture, {width} by {height} points."), width=picture.width, height=picture.height)
    if saved is not None:
        output.say(_("Saved as {path}; delete it when it is no longer needed."), path=saved)
    elif not drawn:
        output.say(
            _("It cannot be shown here and stays as it is. To save it: sosik read --number {number} --save FILE"),
            number=letter.number,
        )
    return drawn or saved is not None


def _save(letters: "Sequence[ReceivedLetter]", path: Path) -> dict[int, Path]:
    """Save the pictures among these letters, the second as FILE-2 and so on. Those that cannot be opened are passed
    over: they are told of where they are shown."""
    from client_cli.content.new_files import require_free
    from client_cli.content.pictures import PictureUnreadable, open_picture, save_picture

    found = {}
    for letter in letters:
        with suppress(PictureUnreadable):
            if letter.picture is not None:
                found[letter.number] = open_picture(letter.picture)

    def places(path: Path) -> list[Path]:
        further = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, len(found) + 1))
        return [path, *further]

    require_free(path, places)
    saved = dict(zip(found, places(path), strict=False))
    for number, place in saved.items():
        save_picture(found[number], place)
    return saved


def _ask_which(letters: "Sequence[ReceivedLetter]") -> set[int]:
    """The numbers of the letters that are to stay."""
    everything = {letter.number for letter in letters}
    some = [_("some of them")] if len(everything) > 1 else []
    match prompts.choose(_("Keep these letters here?"), [_("yes"), _("no, erase them"), *some]):
        case 1:
            return everything
        case 2:
            return set()
        case _:
            return _ask_numbers(everything)


def _ask_numbers(everything: set[int]) -> set[int]:
    """Numbers among these, asked for until there are some and no other: a slip would erase what was to stay."""
    while True:
        typed = prompts.line(_("Numbers of the letters that stay: "))
        digits = "".join(character if character.isdecimal() else " " for character in typed).split()
        wanted = {int(number) for number in digits}
        if wanted == {0}:
            raise prompts.GoneBack
        if wanted and wanted <= everything:
            return wanted
        output.warn(_("Please type some of these numbers: {numbers}"), numbers=", ".join(map(str, sorted(everything))))


@helptext.command(
    "read",
    _(
        "Shows the new letters, of everyone or of one person. After you have read them they are erased here, unless you"
        " keep them. Where nobody can be asked, as in a script, only --keep keeps them. A picture that was neither"
        " shown nor saved stays."
    ),
    "sosik read",
    "sosik read 어머니 --keep",
    "sosik read --number 3 --save photo.png",
    "sosik read --kept",
)
@click.argument("name", required=False)
@click.option("--keep", is_flag=True, help=_("Keep these letters."))
@click.option("--kept", "again", is_flag=True, help=_("Show the letters kept earlier."))
@click.option("--number", type=int, metavar="NUMBER", help=_("Show this letter only."))
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help=_("Save the picture in a new file."))
@json_option
@opening_options
def command(
    opening: Opening,
    name: str | None,
    keep: bool,
    again: bool,
    number: int | None,
    save: Path | None,
    as_json: bool,
) -> None:
    """Show, ask, and erase what is not kept."""
    from client_cli.inbox import partial
    from client_cli.inbox import reading as inbox
    from client_cli.people import portraits
    from client_cli.people.contacts import require_person
    from client_cli.seams import SystemClock
    from client_cli.wording import questions
    from client_cli.wording.json_records import read_record
    from client_cli.wording.letters import coming_line
    from client_cli.wording.requests import tell_requests

    with opening.vault() as vault:
        person = None if name is None else require_person(vault, name)
        letters = inbox.kept(vault, person) if again else inbox.unread(vault, person)
        if number is not None:
            letters = [inbox.get_letter(vault, number)]
            again = number not in {letter.number for letter in inbox.unread(vault, letters[0].person)}
        saved = {} if save is None else _save(letters, save)
        if as_json:
            output.data({"letters": [read_record(letter) for letter in letters]})
            seen = [letter for letter in letters if letter.picture is None or letter.number in saved]
        elif letters:
            seen = _show(letters, portraits.portraits(vault) if output.colours() else {}, saved)
        else:
            seen = []
            output.say(_("There are no letters you kept.") if again else _("There are no new letters."))
        if not as_json and not again and number is None:
            for one in partial.coming(vault, person):
                output.say("{line}", line=coming_line(one))
            questions.tell_questions(vault)
            tell_requests(vault, SystemClock().now())
        if not seen:
            return
        asked = not keep and not as_json and sys.stdin.isatty() and output.is_terminal()
        if asked:
            _erase_but(vault, seen, _ask_which(seen))
        elif not again:
            inbox.mark_read(vault, [letter.number for letter in seen], keep)


def _erase_but(vault: "Vault", letters: "Sequence[ReceivedLetter]", staying: set[int]) -> None:
    from client_cli.inbox import reading as inbox

    inbox.mark_read(vault, staying, keep=True)
    gone = [letter.number for letter in letters if letter.number not in staying]
    for number in gone:
        inbox.forget_letter(vault, number)
    if gone:
        output.clear()
        output.say(_("The letters have been erased here."))
