"""People who wait to be accepted or refused, and giving a helper a card, from the letter box.

Invariant: nobody becomes a contact before a key was pressed for it, and nobody is told of a refusal. docs/family.md,
Meeting through a helper.
"""

import os
from functools import partial

from client_cli.i18n import _
from client_cli.letterbox.pages.blocks import Style, Words
from client_cli.letterbox.pages.cards import ask_card, path_of
from client_cli.letterbox.pages.visit import AskKind, Choice, View, Visit, ask_page, menu
from client_cli.meeting import handovers
from client_cli.meeting.introductions import accept_introduction
from client_cli.meeting.own_cards import make_introduce_card
from client_cli.meeting.requests import Request, accept, refuse, requests
from client_cli.people.contacts import Person, State, people
from client_cli.terminal import output
from client_cli.wording.requests import request_sentence

__all__ = ["helper_page", "tell_requests"]

SHOWN = 7  # helpers to choose from


def tell_requests(visit: Visit) -> None:
    """Put up a page for the first who waits, if anybody does."""
    waiting = requests(visit.opened, visit.now())
    if waiting:
        visit.push(partial(request_page, waiting[0]))


def request_page(request: Request, visit: Visit) -> View:
    """Accept, refuse, or decide later."""
    said = request_sentence(request)
    warned = Words(_("A helper cannot know who is behind a card. Ask a question before you believe anything."))
    choices = [] if request.problem is not None else [Choice("1", _("accept"), partial(_accept, request))]
    choices.append(Choice("2", _("refuse; nobody is told"), partial(_refuse, request)))
    return View(_("Somebody waits"), (Words(said, Style.STRONG), Words(), warned), tuple(choices), back=_("later"))


def _accept(request: Request, visit: Visit) -> None:
    def accept_one(visit: Visit, name: str) -> None:
        taken = accept(visit.opened, name, visit.now(), visit.entropy, request.number)
        visit.tell(_("{name} is one of your people now, and not confirmed."), name=taken.name)
        tell_requests(visit)

    visit.pop()
    if request.named:
        accept_one(visit, request.name)
        return
    visit.push(ask_page(_("Somebody waits"), _("What do you call this person? "), AskKind.LINE, accept_one))
    visit.draft = request.name


def _refuse(request: Request, visit: Visit) -> None:
    refuse(visit.opened, request.name, visit.now(), request.number)
    visit.pop()
    visit.tell(_("Refused. Nobody is told; if you had given a card, it is used up."))
    tell_requests(visit)


def helper_page(name: str, visit: Visit) -> View:
    """Meet `name` through a helper: give a card, or read what came back."""
    return View(
        output.sentence(_("Meet {name}"), name=name),
        (
            Words(output.sentence(_("Your helper passes your card on and brings back the card of {name}."), name=name)),
            Words(_("A helper cannot know who is behind a card. Ask a question before you believe anything.")),
        ),
        (
            Choice("1", _("send my card in a letter to my helper"), partial(_choose_helper, name)),
            Choice("2", _("save my card as a picture, for my helper"), partial(_ask_save, name)),
            Choice("3", _("read what my helper handed back"), partial(ask_card, partial(_accept_card, name))),
        ),
        back=_("back"),
        help=(_("A card is for one person and is used once. Delete the picture afterwards."),),
    )


def _choose_helper(name: str, visit: Visit) -> None:
    known = [person for person in people(visit.opened) if person.state is State.READY][:SHOWN]
    if not known:
        visit.tell(_("You write to nobody yet. Give your helper a picture."))
        return
    question = Words(output.sentence(_("Who is your helper? They see that the card is for {name}."), name=name))
    answers = ((person.name, partial(_send, name, person)) for person in known)
    visit.push(menu(_("Your card"), (question,), *answers))


def _send(name: str, helper: Person, visit: Visit) -> None:
    handovers.give(visit.opened, helper, name, visit.now(), visit.entropy)
    visit.pop()
    visit.tell(_("Your card for {name} leaves for {helper} like a letter."), name=name, helper=helper.name)


def _ask_save(name: str, visit: Visit) -> None:
    def save(visit: Visit, typed: str) -> None:
        from client_cli.cards.qr import free_png, write_png

        path = free_png(path_of(typed))
        card = make_introduce_card(visit.opened, name, visit.now(), visit.entropy)
        write_png(card, path)
        visit.tell(_("Your card for {name} is in this picture: {picture}"), name=name, picture=os.fspath(path))

    visit.push(ask_page(_("Your card"), _("Save it in a new picture called: "), AskKind.LINE, save))


def _accept_card(name: str, visit: Visit, card: str) -> None:
    taken = accept_introduction(visit.opened, name, card, visit.now(), visit.entropy)
    if taken.answer is not None:
        visit.push(partial(_answer_page, taken.name, taken.answer))
    elif taken.request:
        tell_requests(visit)
    else:
        visit.tell(_("{name} is one of your people now, and not confirmed."), name=taken.name)


def _answer_page(name: str, answer: str, visit: Visit) -> View:
    """One way: what has to be handed back. It cannot be made again."""

    def save(visit: Visit, typed: str) -> None:
        from client_cli.cards.qr import write_png

        path = write_png(answer, path_of(typed))
        visit.tell(
            _("Hand this picture back to your helper, for {name}: {picture}"), name=name, picture=os.fspath(path)
        )

    told = Words(_("Your answer goes back through your helper, as a picture. Save it now."))
    return ask_page(_("Your card"), _("Save it in a new picture called: "), AskKind.LINE, save, told)(visit)
