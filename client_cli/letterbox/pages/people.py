"""The people of the letter box, and the page of one person.

Invariant: of each person stand here a name, how they are confirmed, and how many letters wait - nothing about their
presence, because nothing is known of it. Spec: docs/family.md, The letter box.
"""

from functools import partial

from client_cli.i18n import _, ngettext
from client_cli.inbox import partial as coming
from client_cli.inbox import reading as inbox
from client_cli.letterbox.pages.blocks import Block, Card, Letter, Style, Words
from client_cli.letterbox.pages.comparing import compare
from client_cli.letterbox.pages.joining import join_page, meet_page
from client_cli.letterbox.pages.pictures import FACE_COLUMNS, LIST_COLUMNS, PICTURE_COLUMNS, pixels_of
from client_cli.letterbox.pages.questions import question_page, tell_news
from client_cli.letterbox.pages.reading import REMINDER, reading_page, take_back
from client_cli.letterbox.pages.requests import tell_requests
from client_cli.letterbox.pages.standing import standing_page
from client_cli.letterbox.pages.visit import Choice, Page, View, Visit
from client_cli.letterbox.pages.writing import ask_letter, ask_line, ask_picture
from client_cli.meeting.requests import requests
from client_cli.meeting.spoken_words import can_compare
from client_cli.outbox import letters as outbox
from client_cli.people import contacts
from client_cli.people.contacts import Person, State
from client_cli.people.portraits import find_portrait, portraits
from client_cli.streams.loop_watch import find_alarm
from client_cli.terminal import output
from client_cli.wording import times
from client_cli.wording.letters import STATUSES, came_late, coming_line, ends_soon, next_step
from client_cli.wording.people import STATES, label
from client_cli.wording.status import held_back

__all__ = ["home_pages", "people_page", "person_page"]

SHOWN = 4  # people on a page; the other number keys are for what is not a person


def home_pages(visit: Visit) -> list[Page]:
    """Where the letter box opens: with everybody, or with the one person a letter came from, or the only one."""
    everybody = _people(visit)
    from_whom = {letter.person.number for letter in inbox.unread(visit.opened)}
    number = None
    if len(from_whom) == 1:
        (number,) = from_whom
    elif len(everybody) == 1:
        number = everybody[0].number
    return [people_page, *([] if number is None else [partial(person_page, number)])]


def _people(visit: Visit) -> list[Person]:
    return [person for person in contacts.people(visit.opened) if person.state is not State.CLOSED]


def people_page(visit: Visit, start: int = 0) -> View:
    """Everybody, four at a time."""
    everybody = _people(visit)
    unread = inbox.unread(visit.opened)
    faces = portraits(visit.opened)
    blocks: list[Block] = []
    choices = []
    for key, person in enumerate(everybody[start : start + SHOWN], start=1):
        new = sum(letter.person.number == person.number for letter in unread)
        lines = [Words(f"{key}  {person.name}", Style.STRONG), Words("   " + _how_known(person))]
        if new:
            lines.append(Words("   " + _new(new), Style.STRONG))
        blocks += [Card(pixels_of(faces.get(person.number), LIST_COLUMNS), tuple(lines)), Words()]
        choices.append(Choice(str(key), person.name, _go(person.number)))
    waiting = len(requests(visit.opened, visit.now()))
    if waiting:
        text = ngettext("{count} person waits to be accepted: 6", "{count} people wait to be accepted: 6", waiting)
        blocks.append(Words(output.sentence(text, count=waiting), Style.STRONG))
    if not everybody:
        blocks.append(Words(_("Nobody yet. Meet someone, and they stand here.")))
    if start + SHOWN < len(everybody):
        choices.append(Choice("5", _("more people"), lambda visit: visit.push(_further(start + SHOWN))))
    choices += [
        Choice("6", _("meet someone"), _meet),
        Choice("7", _("how things stand"), lambda visit: visit.push(_standing)),
        Choice("8", _("lock"), Visit.lock),
        Choice("9", _("usual spacing") if visit.large else _("wider spacing"), Visit.turn_large),
    ]
    return View(
        _("Your letters"),
        tuple(blocks),
        tuple(choices),
        back=_("back") if start else _("close"),
        help=(_("The number before a name opens the letters of that person."),),
    )


def _meet(visit: Visit) -> None:
    """Meet somebody; before that, decide about whoever waits."""
    visit.push(meet_page)
    tell_requests(visit)


def _further(start: int) -> Page:
    return lambda visit: people_page(visit, start)


def _standing(visit: Visit) -> View:
    return standing_page(join_page, visit)


def _go(number: int) -> "partial[None]":
    return partial(_open_person, number)


def _open_person(number: int, visit: Visit) -> None:
    visit.push(partial(person_page, number))
    tell_news(visit)


def _how_known(person: Person) -> str:
    if person.state is State.READY:
        return label(person)
    return f"{label(person)} · {_(STATES[person.state])}"


def _new(count: int) -> str:
    return output.sentence(ngettext("{count} new letter", "{count} new letters", count), count=count)


def person_page(number: int, visit: Visit) -> View:
    """One person: the portrait, and what can be done."""
    person = _person(visit, number)
    new = len(inbox.unread(visit.opened, person))
    face = pixels_of(find_portrait(visit.opened, person), FACE_COLUMNS)
    lines = [Words(person.name, Style.STRONG), Words(_how_known(person)), Words()]
    lines.append(Words(_new(new), Style.STRONG) if new else Words(_("There are no new letters.")))
    lines += [Words(coming_line(one)) for one in coming.coming(visit.opened, person)]
    mine = _mine(visit, number)
    lines += [Words(), *(_sent(letter) for letter in mine[-2:])]
    lines += [Words(ends_soon(letter), Style.STRONG) for letter in mine if letter.ends_soon]
    choices = [Choice("1", _("all letters"), lambda visit: visit.push(partial(thread_page, number)))]
    if new:
        choices.append(Choice("2", _("read"), lambda visit: visit.push(partial(reading_page, number))))
    if person.state in (State.READY, State.PAUSED):
        choices += [
            Choice("3", _("write one line"), partial(ask_line, number)),
            Choice("4", _("write a letter"), partial(ask_letter, number)),
            Choice("5", _("send a picture"), partial(ask_picture, number)),
            Choice("6", _("question"), lambda visit: visit.push(partial(question_page, number))),
        ]
    if can_compare(person):
        choices.append(Choice("7", _("compare words"), partial(compare, number)))
    if person.state is State.READY:
        choices.append(Choice("8", _("pause"), partial(_pause, number)))
    elif person.state is State.PAUSED:
        choices.append(Choice("8", _("end the pause"), partial(_resume, number)))
    choices += take_back(number, visit)
    return View(
        person.name,
        (Card(face, tuple(lines)),),
        tuple(choices),
        back=_("everybody"),
        help=(
            _("A letter you read is erased here when you leave it, unless you keep it."),
            _("A letter leaves by itself while sosik online runs."),
        ),
    )


def _person(visit: Visit, number: int) -> Person:
    with visit.opened.transaction() as tx:
        return contacts.get_person(tx, number)


def _pause(number: int, visit: Visit) -> None:
    contacts.pause_person(visit.opened, _person(visit, number))
    visit.tell(_("Letters of this person wait now, both ways. Nobody is told."))


def _resume(number: int, visit: Visit) -> None:
    contacts.resume_person(visit.opened, _person(visit, number))
    visit.tell(_("The pause is over; what waited goes on."))


def _mine(visit: Visit, number: int) -> list[outbox.LetterState]:
    return [letter for letter in outbox.letters(visit.opened, visit.now()) if letter.person.number == number]


def _sent(letter: outbox.LetterState) -> Words:
    under_way = letter.status in (outbox.LetterStatus.ON_ITS_WAY, outbox.LetterStatus.SENT_AGAIN)
    if letter.parts > 1 and under_way:
        text = _("Yours of {day}: {status}, {arrived} of {parts} parts are there")
    else:
        text = _("Yours of {day}: {status}")
    return Words(
        output.sentence(
            text,
            day=times.day(letter.written),
            status=_(STATUSES[letter.status]),
            arrived=letter.parts_arrived,
            parts=letter.parts,
        )
    )


def thread_page(number: int, visit: Visit) -> View:
    """All letters of one person in order of time: those kept, those that wait, and where ours are."""
    person = _person(visit, number)
    thread: list[tuple[str, list[Block]]] = []
    for kept in inbox.kept(visit.opened, person):
        head = output.sentence(
            _("{name} ({label}), written {written}"),
            name=person.name,
            label=label(person),
            written=times.utc_day(kept.written_day),
        )
        shown: Block = Letter(kept.text)
        if kept.picture is not None:
            shown = Card(pixels_of(kept.picture, PICTURE_COLUMNS), ())
        late = [Words(came_late(), Style.QUIET)] if kept.late else []
        blocks: list[Block] = [Words(head, Style.STRONG), *late, shown, Words(_(REMINDER), Style.QUIET)]
        thread.append((times.utc_day(kept.written_day), blocks))
    for mine in _mine(visit, number):
        step = next_step(mine)
        said: list[Block] = [_sent(mine), *([Words("  " + step, Style.QUIET)] if step else [])]
        thread.append((times.day(mine.written), said))
    blocks = []
    for _day, one in sorted(thread, key=lambda entry: entry[0]):
        blocks += [*one, Words()]
    with visit.opened.transaction() as tx:
        alarm = find_alarm(tx)
    blocks += [Words(sentence.text, Style.STRONG) for sentence in held_back(alarm)]
    new = len(inbox.unread(visit.opened, person))
    if new:
        blocks.append(Words(_new(new), Style.STRONG))
    if not blocks:
        blocks.append(Words(_("No letters yet.")))
    choices = [Choice("2", _("read"), lambda visit: visit.push(partial(reading_page, number)))] if new else []
    if person.state in (State.READY, State.PAUSED):
        choices.append(Choice("6", _("question"), lambda visit: visit.push(partial(question_page, number))))
    choices += take_back(number, visit)
    return View(person.name, tuple(blocks), tuple(choices), back=_("back"))
