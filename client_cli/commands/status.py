"""`sosik status`: how things stand."""

from typing import TYPE_CHECKING

from client_cli import terminal
from client_cli.i18n import N_, _
from protocol.profile import Profile

if TYPE_CHECKING:
    from client_cli.status import Status

PROFILES = {Profile.METERED: N_("seldom"), Profile.STANDARD: N_("usual"), Profile.GUARDED: N_("often")}
FEW_RELAYS = 3  # below this, relays together can tell who writes to whom (docs/threats.md, Relays that work together)


def _show(status: "Status") -> None:
    from client_cli import wording

    if status.online_running:
        terminal.say(_("Sending and collecting: running now."))
    else:
        terminal.say(_("Sending and collecting: not running. Start it with: sosik online"))
    if status.locked:
        terminal.say(_("Locked: what arrives is kept unopened."))
    terminal.say(
        _("How often: {profile}, about {mb} MB a month if always online."),
        profile=_(PROFILES[status.profile]),
        mb=f"{status.budget_mb:,.0f}",
    )
    if not status.joined:
        terminal.say(_("You have not joined a community yet: sosik join CARD.png"))
        return
    terminal.say(_("Community: {name}"), name=status.community)
    if not status.relays:
        terminal.say(_("Its relays are not known yet; they come with the first exchanges: sosik online"))
        return
    terminal.say(_("Relays: {count}, of which you use number {guard}."), count=status.relays, guard=status.guard)
    if status.relays == 1:
        terminal.warn(_("There is one relay only: it can see who writes to whom. Only your line to it is hidden."))
    elif status.relays < FEW_RELAYS:
        terminal.warn(_("There are two relays only: if they work together, they can see who writes to whom."))
    terminal.say(
        _("Test letters to yourself: {sent} sent, {returned} came back."),
        sent=status.loops_sent,
        returned=status.loops_returned,
    )
    if status.roster_expires is not None:
        terminal.say(_("The list of relays is good until {day}."), day=wording.utc_day(status.roster_expires))
    terminal.say(_("People: {count}"), count=status.people)
    terminal.say(_("How many others use this community cannot be told yet; the fewer, the less it hides."))
