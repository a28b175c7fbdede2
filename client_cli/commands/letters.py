"""`sosik letters`: where every letter of ours is, and how many new ones there are."""

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, json_option, opening_options
from client_cli.i18n import _
from client_cli.terminal import output


@helptext.command(
    "letters",
    _("Says of every letter you wrote where it is and what happens next, and how many new letters wait for you."),
    "sosik letters",
    "sosik letters --json",
)
@json_option
@opening_options
def command(opening: Opening, as_json: bool) -> None:
    """Print the table."""
    from client_cli.inbox import partial
    from client_cli.inbox import reading as inbox
    from client_cli.outbox import letters as outbox
    from client_cli.seams import SystemClock
    from client_cli.status.facts import fresh_starts
    from client_cli.streams import loop_watch
    from client_cli.wording import status, times
    from client_cli.wording.json_records import alarm_record, coming_record, letter_record, new_record
    from client_cli.wording.letters import STATUSES, coming_line, ends_soon, next_step, tell_new

    with opening.vault() as vault:
        now = SystemClock().now()
        mine = outbox.letters(vault, now)
        unread = inbox.unread(vault)
        partly = partial.coming(vault)
        new = len(unread)
        with vault.transaction() as tx:
            alarm, fresh = loop_watch.find_alarm(tx), fresh_starts(tx, now)
        if as_json:
            output.data(
                {
                    "letters": [letter_record(letter) for letter in mine],
                    "unread": new,
                    "new": [new_record(letter) for letter in unread],
                    "coming": [coming_record(one) for one in partly],
                    "held_back": alarm_record(alarm),
                }
            )
            return
        if mine:
            output.table(
                [_("No."), _("to"), _("written"), _("where it is"), _("parts"), _("what happens next")],
                [
                    [
                        letter.number,
                        letter.person.name,
                        times.day(letter.written),
                        _(STATUSES[letter.status]),
                        f"{letter.parts_arrived}/{letter.parts}",
                        next_step(letter),
                    ]
                    for letter in mine
                ],
            )
        else:
            output.say(_("You have no letters on their way."))
        for letter in mine:
            if letter.ends_soon:
                output.warn("{sentence}", sentence=ends_soon(letter))
        for sentence in (*status.held_back(alarm), *status.put_back(fresh)):
            output.warn("{sentence}", sentence=sentence.text)
        if new:
            output.table(
                [_("No."), _("from"), _("arrived"), _("what"), ""],
                [
                    [
                        letter.number,
                        letter.person.name,
                        times.utc_day(letter.arrived_day),
                        _("letter") if letter.picture is None else _("picture"),
                        _("stays after reading") if letter.kept else "",
                    ]
                    for letter in unread
                ],
            )
            tell_new(new)
        for one in partly:
            output.say("{line}", line=coming_line(one))
