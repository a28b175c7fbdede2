"""Reading: one new letter at a time.

Invariant: a letter that was shown is erased when its page is left, unless it is kept; closing the program or locking
leaves it unread. The fixed line stands under every letter. Spec: docs/family.md, Letters.
"""

from functools import partial

from client_cli.i18n import N_, _
from client_cli.inbox import reading as inbox
from client_cli.letterbox.pages.blocks import Block, Card, Letter, Style, Words
from client_cli.letterbox.pages.pictures import FACE_COLUMNS, PICTURE_COLUMNS, pixels_of
from client_cli.letterbox.pages.questions import question_page
from client_cli.letterbox.pages.visit import Choice, View, Visit
from client_cli.letterbox.pages.writing import ask_line
from client_cli.people import contacts
from client_cli.people.portraits import find_portrait
from client_cli.terminal import output
from client_cli.wording import times
from client_cli.wording.letters import came_late
from client_cli.wording.people import label

__all__ = ["REMINDER", "reading_page"]

# The one line under every letter, with the key that starts a question.
REMINDER = N_("Is it about money, a meeting or travel? Ask first: 6, a question only you know.")


def reading_page(number: int, visit: Visit) -> View:
    """The oldest unread letter of a person."""
    with visit.opened.transaction() as tx:
        person = contacts.get_person(tx, number)
    unread = inbox.unread(visit.opened, person)
    if not unread:
        return View(person.name, (Words(_("There are no new letters.")),), back=_("back"))
    letter = unread[0]
    head = (
        Words(person.name, Style.STRONG),
        Words(label(person)),
        Words(
            output.sentence(
                _("written {written}, arrived {arrived}"),
                written=times.utc_day(letter.written_day),
                arrived=times.utc_day(letter.arrived_day),
            ),
            Style.QUIET,
        ),
        *([Words(came_late(), Style.QUIET)] if letter.late else []),
    )
    face = None if visit.large else pixels_of(find_portrait(visit.opened, person), FACE_COLUMNS // 2)
    shown: Block = Letter(letter.text)
    if letter.picture is not None:
        pixels = pixels_of(letter.picture, PICTURE_COLUMNS)
        shown = Card(pixels, () if pixels else (Words(_("This picture cannot be shown.")),))
    choices = [Choice("1", _("keep it here"), partial(_finish, number, letter.number, True))]
    if len(unread) > 1:
        choices.append(
            Choice("2", _("next letter; this one is erased"), partial(_finish, number, letter.number, False))
        )
    choices.append(Choice("3", _("answer in one line"), partial(ask_line, number)))
    choices.append(Choice("6", _("question"), lambda visit: visit.push(partial(question_page, number))))
    return View(
        person.name,
        (Card(face, head), Words(), shown, Words(), Words(_(REMINDER))),
        tuple(choices),
        back=_("done; it is erased here"),
        leave=partial(_leave, letter.number),
        help=(_("A letter you read is erased here when you leave it, unless you keep it."),),
        passing=True,
    )


def _finish(number: int, letter: int, keep: bool, visit: Visit) -> None:
    inbox.mark_read(visit.opened, [letter], keep)
    visit.tell(_("The letter is kept here.") if keep else _("The letters have been erased here."))
    with visit.opened.transaction() as tx:
        person = contacts.get_person(tx, number)
    if not inbox.unread(visit.opened, person):
        visit.pop()


def _leave(letter: int, visit: Visit) -> None:
    inbox.mark_read(visit.opened, [letter], False)
    visit.tell(_("The letters have been erased here."))
