"""How things stand, as a page.

Invariant: what `sosik status` tells, in the same words. Spec: docs/family.md, Online.
"""

from client_cli.i18n import _
from client_cli.letterbox.pages.blocks import Style, Words
from client_cli.letterbox.pages.opening_words import change_page
from client_cli.letterbox.pages.visit import Choice, Page, View, Visit
from client_cli.status.facts import status
from client_cli.wording.status import sentences

__all__ = ["standing_page"]


def standing_page(join: Page, visit: Visit) -> View:
    """The sentences, and the ways to use an invitation and to change the opening words."""
    found = status(visit.opened, visit.now())
    blocks = tuple(
        Words(sentence.text, Style.STRONG if sentence.warning else Style.PLAIN) for sentence in sentences(found)
    )
    choices = [] if found.network.joined else [Choice("1", _("use an invitation"), lambda visit: visit.push(join))]
    choices.append(Choice("2", _("change the opening words"), lambda visit: visit.push(change_page)))
    return View(_("How things stand"), blocks, tuple(choices), back=_("back"))
