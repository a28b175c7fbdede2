"""Joining a community and meeting people, from the letter box.

Invariant: a card is looked at, its community named and confirmed before it is taken; joining and meeting make no
exchange. Spec: docs/family.md, The first day; Meeting someone.
"""

import os
from functools import partial

from client_cli.community import joining
from client_cli.i18n import _
from client_cli.letterbox.pages.blocks import Style, Words
from client_cli.letterbox.pages.cards import ask_card, ask_lines, path_of
from client_cli.letterbox.pages.comparing import compare
from client_cli.letterbox.pages.requests import helper_page
from client_cli.letterbox.pages.visit import AskKind, Choice, View, Visit, ask_page, menu
from client_cli.meeting import in_person
from client_cli.meeting.in_person import MeetingProgress
from client_cli.meeting.spoken_words import can_compare
from client_cli.people.contacts import find_person
from client_cli.terminal import output

__all__ = ["join_page", "meet_page"]


def join_page(visit: Visit) -> View:
    """The invitation: a picture, or its lines."""
    return View(
        _("Your invitation"),
        (
            Words(_("Your helper gives you an invitation: a picture of a code, or lines to type.")),
            Words(_("An invitation works once, on one computer."), Style.QUIET),
        ),
        (
            Choice("1", _("it is a picture"), partial(ask_card, _show_community)),
            Choice("2", _("type its lines"), partial(ask_lines, _show_community)),
        ),
        back=_("later"),
    )


def _show_community(visit: Visit, card: str) -> None:
    name = joining.community_name(card, visit.now())
    again = joining.is_member(visit.opened, card, visit.now())

    def join(visit: Visit) -> None:
        joining.join(visit.opened, card, visit.now(), again=again)
        visit.pop()
        visit.pop()
        visit.tell(_("You have joined {name}."), name=name)

    def refuse(visit: Visit) -> None:
        visit.pop()
        visit.tell(_("Nothing was changed. Ask your helper, and do not use this invitation."))

    question = [Words(_("Is this the community you were told about?"))]
    if again:
        question = [
            Words(_("You are in this community already. The post boxes of this invitation would be asked first.")),
            Words(_("Did your helper give you this invitation now?")),
        ]
    visit.push(
        menu(
            _("Your invitation"),
            (Words(output.sentence(_("This is an invitation to: {name}"), name=name), Style.STRONG), *question),
            (_("yes"), join),
            (_("no"), refuse),
        )
    )


def meet_page(visit: Visit) -> View:
    """Ask for the name of somebody new."""
    return ask_page(
        _("Meet someone"),
        _("What do you call this person? "),
        AskKind.LINE,
        lambda visit, name: visit.push(partial(_cards_page, name)),
        Words(_("You meet in person. Each of you shows a card and scans the other's.")),
    )(visit)


def _cards_page(name: str, visit: Visit) -> View:
    progress = in_person.progress(visit.opened, name)
    met = find_person(visit.opened, name)
    choices = [
        Choice("1", _("save my card as a picture, to show it"), partial(_ask_save, name)),
        Choice("2", _("scan their card from a picture"), partial(ask_card, partial(_scan, name))),
        Choice("3", _("type the lines of their card"), partial(ask_lines, partial(_scan, name))),
        Choice("4", _("we cannot meet: through a helper"), lambda visit: visit.push(partial(helper_page, name))),
    ]
    if met is not None and can_compare(met):
        choices.append(Choice("5", _("compare words"), partial(compare, met.number)))
    steps = {
        None: _("Nothing is done yet. You may begin with either."),
        MeetingProgress.SHOWN: _("Your card is made. Show it, then scan theirs."),
        MeetingProgress.SCANNED: _("Their card is scanned. Now show yours."),
        MeetingProgress.DONE: _("Both cards are used. Now read a few words to each other."),
    }
    return View(
        output.sentence(_("Meet {name}"), name=name),
        (Words(steps[progress]),),
        tuple(choices),
        back=_("back"),
        help=(_("A card is for one person and is used once. Delete the picture afterwards."),),
    )


def _ask_save(name: str, visit: Visit) -> None:
    def save(visit: Visit, typed: str) -> None:
        from client_cli.cards.qr import free_png, write_png

        path = free_png(path_of(typed))
        card = in_person.show_card(visit.opened, name, visit.now(), visit.entropy)
        write_png(card, path)
        visit.tell(_("Your card for {name} is in this picture: {picture}"), name=name, picture=os.fspath(path))

    visit.push(ask_page(_("Your card"), _("Save it in a new picture called: "), AskKind.LINE, save))


def _scan(name: str, visit: Visit, card: str) -> None:
    in_person.scan_card(visit.opened, name, card, visit.now())
    visit.tell(_("The card of {name} is scanned."), name=name)
