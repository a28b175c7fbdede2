"""`sosik status`: how things stand."""

from typing import TYPE_CHECKING

from client_cli import helptext, terminal
from client_cli.i18n import N_, _
from client_cli.options import Opening, json_option, opening_options
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
    if status.lock_after_s is not None:
        terminal.say(_("Locks by itself after {span} without a command."), span=wording.span(status.lock_after_s))
    terminal.say(
        _("How often: {profile}, about {mb} MB a month if always online."),
        profile=_(PROFILES[status.profile]),
        mb=f"{status.budget_mb:,.0f}",
    )
    if not status.joined:
        terminal.say(_("You have not joined a community yet: sosik join CARD.png"))
        return
    terminal.say(_("Community: {name}"), name=status.community)
    for refusal in wording.refusals(status):
        terminal.warn(refusal)
    if not status.relays:
        terminal.say(_("Its relays are not known yet; they come with the first exchanges: sosik online"))
        return
    if status.guard is None:
        terminal.say(_("Relays: {count}"), count=status.relays)
    else:
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
    if status.board_behind:
        terminal.say(
            _("The list of letters is still being caught up with: {count} pieces to go."), count=status.board_behind
        )
    if status.roster_expired:
        terminal.warn(_("The list of relays has run out; your letters are kept; ask your helper for a new invitation."))
    elif status.roster_expires is not None:
        terminal.say(_("The list of relays is good until {day}."), day=wording.utc_day(status.roster_expires))
    terminal.say(_("People: {count}"), count=status.people)
    if status.coming:
        terminal.say(_("Letters of which only a part is here: {count}"), count=status.coming)
    if status.ends_soon:
        terminal.warn(
            _("Letters that have not arrived and will soon not be sent any more: {count}. See: sosik letters"),
            count=status.ends_soon,
        )
    terminal.say(_("How many others use this community cannot be told yet; the fewer, the less it hides."))


def _record(status: "Status") -> dict[str, object]:
    from client_cli import wording

    return {
        "online": status.online_running,
        "locked": status.locked,
        "profile": wording.script_name(status.profile),
        "mb_per_month": round(status.budget_mb, 1),
        "joined": status.joined,
        "invitation_refused": status.invitation_refused,
        "access_refused": status.access_refused,
        "community": status.community,
        "relays": status.relays,
        "guard": status.guard,
        "board_behind": status.board_behind,
        "loops_sent": status.loops_sent,
        "loops_returned": status.loops_returned,
        "roster_expires": None if status.roster_expires is None else wording.utc_day(status.roster_expires),
        "roster_expired": status.roster_expired,
        "people": status.people,
        "ends_soon": status.ends_soon,
        "coming": status.coming,
        "lock_after_minutes": None if status.lock_after_s is None else round(status.lock_after_s / 60),
    }


@helptext.command(
    "status",
    _(
        "Says whether sending and collecting runs, through how many relays, what it costs in a month, and whether test"
        " letters to yourself come back."
    ),
    "sosik status",
    "sosik status --json",
)
@json_option
@opening_options
def command(opening: Opening, as_json: bool) -> None:
    """Print it."""
    from client_cli.seams import SystemClock
    from client_cli.status import status

    with opening.vault() as vault:
        found = status(vault, SystemClock().now())
        if as_json:
            terminal.data(_record(found))
        else:
            _show(found)
