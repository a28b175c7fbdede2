"""Reading: one new letter at a time.

Invariant: a letter that was shown is erased when its page is left, unless it is kept; the first time that is asked.
What was erased is in the vault no more; this sitting holds it sealed until the page below is left. Closing the program
or locking leaves a letter that stands open unread. The fixed line stands under every letter. Spec: docs/family.md,
The letter box.
Decision 134.
"""

from functools import partial

from client_cli.i18n import N_, _
from client_cli.inbox import reading as inbox
from client_cli.inbox.letters import ReceivedLetter
from client_cli.letterbox.pages.blocks import Block, Card, Letter, Style, Words
from client_cli.letterbox.pages.pictures import FACE_COLUMNS, PICTURE_COLUMNS, pixels_of
from client_cli.letterbox.pages.questions import question_page
from client_cli.letterbox.pages.visit import Choice, View, Visit, menu
from client_cli.letterbox.pages.writing import ask_line
from client_cli.people import contacts
from client_cli.people.portraits import find_portrait
from client_cli.terminal import output
from client_cli.vault.keys import Key
from client_cli.wording import times
from client_cli.wording.letters import came_late
from client_cli.wording.people import label

__all__ = ["REMINDER", "reading_page", "take_back"]

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
    choices = [Choice("1", _("keep it here"), partial(_finish, number, letter, True, True))]
    if len(unread) > 1:
        following = _("next letter") if letter.kept else _("next letter; this one is erased")
        choices.append(Choice("2", following, partial(_ask_or_finish, number, letter, True)))
    choices.append(Choice("3", _("answer in one line"), partial(ask_line, number)))
    choices.append(Choice("6", _("question"), lambda visit: visit.push(partial(question_page, number))))
    choices += take_back(number, visit, reading=True)
    return View(
        person.name,
        (Card(face, head), Words(), shown, Words(), Words(_(REMINDER))),
        tuple(choices),
        back=_("done; it is kept here") if letter.kept else _("done; it is erased here"),
        leave=partial(_ask_or_finish, number, letter, False),
        help=(_("A letter you read is erased here when you leave it, unless you keep it."),),
        passing=True,
    )


def _ask_or_finish(number: int, letter: ReceivedLetter, on: bool, visit: Visit) -> None:
    """The letter is left: it is erased unless it was to be kept. The first time that is asked."""
    with visit.opened.transaction() as tx:
        asked = tx.get(Key.ASKED_TO_KEEP) is not None
    if asked or letter.kept:
        _finish(number, letter, letter.kept, on, visit)
        return

    def decide(keep: bool, visit: Visit) -> None:
        with visit.opened.transaction() as tx:
            tx.put(Key.ASKED_TO_KEEP, b"1")
        visit.pop()
        _finish(number, letter, keep, on, visit)

    told = (
        Words(_("Keep this letter here?"), Style.STRONG),
        Words(_("This is asked once. From now on a letter is erased here when you leave it, unless you keep it.")),
        Words(_("Then 9 takes it back, until you leave the page that follows.")),
    )
    answers = ((_("keep it here"), partial(decide, True)), (_("erase it"), partial(decide, False)))
    visit.push(menu(letter.person.name, told, *answers))


def _finish(number: int, letter: ReceivedLetter, keep: bool, on: bool, visit: Visit) -> None:
    """Keep or erase the letter; then the next one if there is any and it is wanted, else back."""
    if keep:
        inbox.mark_read(visit.opened, [letter.number], True)
        visit.tell(_("The letter is kept here."))
    else:
        erased = inbox.erase_read(visit.opened, letter.number)
        if erased is not None:
            visit.hold(erased, visit.pages[-2])
        visit.tell(_("The letter has been erased here. 9 takes it back."))
    if not (on and inbox.unread(visit.opened, letter.person)):
        visit.pop()


def take_back(number: int, visit: Visit, *, reading: bool = False) -> list[Choice]:
    """The key that takes back the letter erased last, while there is one, and shows it. `reading`: this page does."""

    def put_back(visit: Visit) -> None:
        inbox.take_back(visit.opened, visit.erased.pop())
        if not reading:
            visit.push(partial(reading_page, number))
        visit.tell(_("The letter is here again, unread."))

    return [Choice("9", _("take the erased letter back"), put_back)] if visit.erased else []
