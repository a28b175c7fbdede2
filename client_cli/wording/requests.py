"""Who waits to be accepted or refused, and which cards wait to be passed on, in words.

Invariant: a request that cannot be accepted says why, and every one can be refused. Spec: docs/family.md, Meeting
through a helper.
"""

from client_cli.desk.by_letter import to_pass_on
from client_cli.i18n import _
from client_cli.meeting.requests import Request, requests
from client_cli.terminal import output
from client_cli.vault.transaction import Transactions
from client_cli.wording.people import as_typed

__all__ = ["request_lines", "request_sentence", "tell_requests"]


def request_lines(one: Request) -> list[str]:
    """Who waits to be accepted or refused, and what to type; or why they cannot be."""
    which = "" if one.number is None else f" --request {one.number}"
    name = as_typed(one.name) if one.name else _("NAME")
    lines = [request_sentence(one)]
    if one.problem is None:
        lines.append(output.sentence(_("Accept: sosik card {name} --accept"), name=name) + which)
    return [*lines, output.sentence(_("Refuse: sosik card {name} --refuse"), name=name) + which]


def request_sentence(one: Request) -> str:
    """Who waits to be accepted or refused, or why they cannot be."""
    if one.problem is not None:
        said = output.sentence(_("A card came from {helper}:"), helper=one.helper)
        return said + " " + output.sentence(_(one.problem.msgid), **one.problem.params)
    if one.answered:
        text = _("Somebody answered your card for {name}, through {helper}. Not confirmed.")
    elif one.named:
        text = _("{helper} has a card of {name} for you. Not confirmed.")
    elif one.name:
        text = _("{helper} introduces somebody to you, as {name}. Not confirmed.")
    else:
        text = _("{helper} introduces somebody to you. Not confirmed.")
    return output.sentence(text, name=one.name, helper=one.helper)


def tell_requests(vault: Transactions, now: float) -> None:
    """Show who waits to be accepted or refused, and which cards wait to be passed on."""
    for one in requests(vault, now):
        for line in request_lines(one):
            output.say("{line}", line=line)
    for waiting in to_pass_on(vault, now):
        output.say(_("{name} gave you a card to pass on: sosik desk cards"), name=waiting.sender.name)
