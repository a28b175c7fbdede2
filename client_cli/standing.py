"""How things stand, in sentences.

Invariant: the one list of them, for `sosik status` and for the letter box, in the order in which they are told; each
follows from `client_cli.status.Status` alone, and none says that somebody else is there. docs/family.md, Online.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from client_cli import terminal, wording
from client_cli.i18n import N_, _
from client_cli.status import Status
from protocol.profile import Profile

__all__ = ["Sentence", "sentences"]

PROFILES = {Profile.METERED: N_("seldom"), Profile.STANDARD: N_("usual"), Profile.GUARDED: N_("often")}


@dataclass(frozen=True, slots=True)
class Sentence:
    """`warning`: something is to be done or to be reckoned with."""

    text: str
    warning: bool = False


def sentences(status: Status) -> Iterator[Sentence]:
    """Everything there is to tell: this program, the community, its relays, our letters."""
    yield from _program(status)
    if not status.joined:
        yield Sentence(_("You have not joined a community yet: sosik join CARD.png"), warning=True)
        return
    yield _told(_("Community: {name}"), name=status.community)
    if status.invitation_refused:
        yield Sentence(
            _("Your invitation was used by someone already. Stop, and ask your helper; what you wrote is kept here."),
            warning=True,
        )
    if status.access_refused:
        yield Sentence(
            _("The post boxes let you in no more. What you wrote is kept; ask your helper for a new invitation."),
            warning=True,
        )
    if not status.relays:
        yield Sentence(_("Its relays are not known yet; they come with the first exchanges: sosik online"))
        return
    yield from _relays(status)
    yield from _letters(status)
    yield Sentence(_("How many others use this community cannot be told yet; the fewer, the less it hides."))


def _program(status: Status) -> Iterator[Sentence]:
    if status.online_running:
        yield Sentence(_("Sending and collecting: running now."))
    else:
        yield Sentence(_("Sending and collecting: not running. Start it with: sosik online"), warning=True)
    if status.locked:
        yield Sentence(_("Locked: what arrives is kept unopened."))
    if status.lock_after_s is not None:
        yield _told(_("Locks by itself after {span} without a command."), span=wording.span(status.lock_after_s))
    yield _told(
        _("How often: {profile}, about {mb} MB a month if always online."),
        profile=_(PROFILES[status.profile]),
        mb=f"{status.budget_mb:,.0f}",
    )


def _relays(status: Status) -> Iterator[Sentence]:
    if status.guard is None:
        yield _told(_("Relays: {count}"), count=status.relays)
    else:
        yield _told(_("Relays: {count}, of which you use number {guard}."), count=status.relays, guard=status.guard)
    # With fewer than three, relays together can tell who writes to whom: docs/threats.md, Relays that work together.
    if status.relays == 1:
        text = _("There is one relay only: it can see who writes to whom. Only your line to it is hidden.")
        yield Sentence(text, warning=True)
    elif status.relays == 2:
        text = _("There are two relays only: if they work together, they can see who writes to whom.")
        yield Sentence(text, warning=True)
    yield _told(
        _("Test letters to yourself: {sent} sent, {returned} came back."),
        sent=status.loops_sent,
        returned=status.loops_returned,
    )
    if status.board_behind:
        yield _told(
            _("The list of letters is still being caught up with: {count} pieces to go."), count=status.board_behind
        )
    if status.roster_expired:
        text = _("The list of relays has run out; your letters are kept; ask your helper for a new invitation.")
        yield Sentence(text, warning=True)
    elif status.roster_expires is not None:
        yield _told(_("The list of relays is good until {day}."), day=wording.utc_day(status.roster_expires))


def _letters(status: Status) -> Iterator[Sentence]:
    yield _told(_("People: {count}"), count=status.people)
    if status.coming:
        yield _told(_("Letters of which only a part is here: {count}"), count=status.coming)
    if status.ends_soon:
        yield _told(
            _("Letters that have not arrived and will soon not be sent any more: {count}. See: sosik letters"),
            warning=True,
            count=status.ends_soon,
        )


def _told(template: str, *, warning: bool = False, **values: object) -> Sentence:
    return Sentence(terminal.sentence(template, **values), warning)
