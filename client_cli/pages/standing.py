"""How things stand, as a page.

Invariant: what `sosik status` tells, in the same words. docs/family.md, Online.
"""

from collections.abc import Iterator

from client_cli import terminal, wording
from client_cli.i18n import N_, _
from client_cli.pages.blocks import Style, Words
from client_cli.pages.visit import Choice, Page, View, Visit
from client_cli.status import Status, status
from protocol.profile import Profile

__all__ = ["standing_page"]

PROFILES = {Profile.METERED: N_("seldom"), Profile.STANDARD: N_("usual"), Profile.GUARDED: N_("often")}


def standing_page(join: Page, visit: Visit) -> View:
    """The sentences, and the way to use an invitation."""
    found = status(visit.opened, visit.now())
    choices = () if found.joined else (Choice("1", _("use an invitation"), lambda visit: visit.push(join)),)
    return View(_("How things stand"), tuple(_sentences(found)), choices, back=_("back"))


def _sentences(found: Status) -> Iterator[Words]:
    if found.online_running:
        yield Words(_("Sending and collecting: running now."))
    else:
        yield Words(_("Sending and collecting: not running. Start it with: sosik online"), Style.STRONG)
    if found.locked:
        yield Words(_("Locked: what arrives is kept unopened."))
    yield _told(
        _("How often: {profile}, about {mb} MB a month if always online."),
        profile=_(PROFILES[found.profile]),
        mb=f"{found.budget_mb:,.0f}",
    )
    if not found.joined:
        yield Words(_("You have not joined a community yet."), Style.STRONG)
        return
    yield _told(_("Community: {name}"), name=found.community)
    for refusal in wording.refusals(found):
        yield Words(refusal, Style.STRONG)
    if not found.relays:
        yield Words(_("Its relays are not known yet; they come with the first exchanges: sosik online"))
        return
    yield _told(_("Relays: {count}"), count=found.relays)
    if found.relays == 1:
        text = _("There is one relay only: it can see who writes to whom. Only your line to it is hidden.")
        yield Words(text, Style.STRONG)
    elif found.relays == 2:
        yield Words(
            _("There are two relays only: if they work together, they can see who writes to whom."), Style.STRONG
        )
    yield _told(
        _("Test letters to yourself: {sent} sent, {returned} came back."),
        sent=found.loops_sent,
        returned=found.loops_returned,
    )
    if found.board_behind:
        yield _told(
            _("The list of letters is still being caught up with: {count} pieces to go."), count=found.board_behind
        )
    if found.roster_expired:
        text = _("The list of relays has run out; your letters are kept; ask your helper for a new invitation.")
        yield Words(text, Style.STRONG)
    elif found.roster_expires is not None:
        yield _told(_("The list of relays is good until {day}."), day=wording.utc_day(found.roster_expires))


def _told(template: str, **values: object) -> Words:
    return Words(terminal.sentence(template, **values))
