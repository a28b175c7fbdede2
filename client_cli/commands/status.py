"""`sosik status`: how things stand."""

from typing import TYPE_CHECKING

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, json_option, opening_options
from client_cli.i18n import _
from client_cli.terminal import output

if TYPE_CHECKING:
    from client_cli.status.facts import Status


def _record(status: "Status") -> dict[str, object]:
    from client_cli.wording import states

    return {
        "online": status.online_running,
        "locked": status.locked,
        "profile": states.script_name(status.profile),
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
        "held_back": states.alarm_record(status.alarm),
        "board_troubles": [
            {
                "kind": states.script_name(trouble.kind),
                "relay": trouble.relay,
                "times": trouble.times,
                "last": int(trouble.last_at),
            }
            for trouble in status.troubles
        ],
        "clock_ahead_seconds": None if status.clock_ahead_s is None else round(status.clock_ahead_s),
        "crowd": status.crowd,
        "letters": {states.script_name(state): count for state, count in status.letters.items()},
        "roster_expires": None if status.roster_expires is None else states.utc_day(status.roster_expires),
        "roster_expired": status.roster_expired,
        "people": status.people,
        "ends_soon": status.ends_soon,
        "requests": status.requests,
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
    from client_cli.status.facts import status
    from client_cli.wording.status import sentences

    with opening.vault() as vault:
        found = status(vault, SystemClock().now())
        if as_json:
            output.data(_record(found))
            return
        # All on standard output, warnings too: whoever keeps or pages this report must not lose them.
        for sentence in sentences(found):
            output.say("{sentence}", sentence=sentence.text)
