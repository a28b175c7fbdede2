"""Writing: a line, a letter, a picture.

Invariant: what was typed lives in memory alone until it is in the vault; no editor, no history, no temporary file.
Spec: docs/family.md, Letters.
"""

from functools import partial

from client_cli.i18n import _
from client_cli.letterbox.pages.blocks import Card, Letter, Style, Words
from client_cli.letterbox.pages.cards import path_of
from client_cli.letterbox.pages.pictures import PICTURE_COLUMNS, pixels_of
from client_cli.letterbox.pages.visit import AskKind, Visit, ask_page, menu
from client_cli.outbox.letters import LetterState, write_letter, write_picture
from client_cli.people import contacts
from client_cli.people.contacts import Person, require_ready
from client_cli.terminal import output
from client_cli.wording.letters import STATUSES, arrival

__all__ = ["ask_letter", "ask_line", "ask_picture"]


def _ready(number: int, visit: Visit) -> Person:
    with visit.opened.transaction() as tx:
        person = contacts.get_person(tx, number)
    require_ready(person)
    return person


def _to(person: Person) -> str:
    return output.sentence(_("To {name}"), name=person.name)


def _told(visit: Visit, letter: LetterState) -> None:
    visit.tell(
        _("Letter {number} to {name}: {status}"),
        number=letter.number,
        name=letter.person.name,
        status=_(STATUSES[letter.status]),
    )


def ask_line(number: int, visit: Visit) -> None:
    """One line, sent with Enter."""
    person = _ready(number, visit)

    def send(visit: Visit, typed: str) -> None:
        _told(visit, write_letter(visit.opened, person, typed, visit.now()))

    visit.push(ask_page(_to(person), "> ", AskKind.LINE, send, Words(_("Type one line. Enter sends it."))))


def ask_letter(number: int, visit: Visit) -> None:
    """Several lines; then send, go on or throw away."""
    person = _ready(number, visit)
    hint = Words(_("Write your letter. Esc, or a line with only a full stop ( . ), ends it."), Style.QUIET)
    visit.push(ask_page(_to(person), "", AskKind.LETTER, partial(_decide, person), hint))


def _decide(person: Person, visit: Visit, text: str) -> None:
    def send(visit: Visit) -> None:
        letter = write_letter(visit.opened, person, text, visit.now())
        visit.pop()
        _told(visit, letter)

    def go_on(visit: Visit) -> None:
        visit.pop()
        ask_letter(person.number, visit)
        visit.draft = text

    def throw_away(visit: Visit) -> None:
        visit.pop()
        visit.tell(_("Thrown away; nothing was written."))

    if text.strip():
        answers = ((_("send it"), send), (_("go on writing"), go_on), (_("throw it away"), throw_away))
        visit.push(menu(_to(person), (Letter(text),), *answers))


def ask_picture(number: int, visit: Visit) -> None:
    """A picture file; what it costs is said before it is sent."""
    person = _ready(number, visit)

    def look(visit: Visit, typed: str) -> None:
        from client_cli.content.pictures import make_picture

        made = make_picture(path_of(typed))

        def send(visit: Visit) -> None:
            letter = write_picture(visit.opened, person, made.body, visit.now())
            visit.pop()
            _told(visit, letter)

        def as_portrait(visit: Visit) -> None:
            from client_cli.people.portraits import set_portrait

            set_portrait(visit.opened, person, made.body)
            visit.pop()
            visit.tell(_("This is now the portrait of {name}, on this computer only."), name=person.name)

        told = (
            output.sentence(_("It goes in {parts} parts."), parts=made.parts),
            arrival(visit.opened, made.parts),
        )
        visit.push(
            menu(
                _to(person),
                (Card(pixels_of(made.body, PICTURE_COLUMNS // 2), tuple(map(Words, told))),),
                (_("send it"), send),
                (_("make it the portrait of this person"), as_portrait),
            )
        )

    visit.push(ask_page(_to(person), _("Name of the picture: "), AskKind.LINE, look))
