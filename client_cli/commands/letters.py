"""`sosik letters`: where every letter of ours is, and how many new ones there are."""

from client_cli import helptext, terminal
from client_cli.i18n import _
from client_cli.options import Opening, json_option, opening_options


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
    from client_cli import coming, inbox, loopwatch, outbox, standing, telling, wording
    from client_cli.seams import SystemClock

    with opening.vault() as vault:
        mine = outbox.letters(vault, SystemClock().now())
        unread = inbox.unread(vault)
        partly = coming.coming(vault)
        new = len(unread)
        with vault.transaction() as tx:
            alarm = loopwatch.find_alarm(tx)
        if as_json:
            terminal.data(
                {
                    "letters": [wording.letter_record(letter) for letter in mine],
                    "unread": new,
                    "new": [wording.new_record(letter) for letter in unread],
                    "coming": [wording.coming_record(one) for one in partly],
                    "held_back": wording.alarm_record(alarm),
                }
            )
            return
        if mine:
            terminal.table(
                [_("No."), _("to"), _("written"), _("where it is"), _("parts"), _("what happens next")],
                [
                    [
                        letter.number,
                        letter.person.name,
                        wording.day(letter.written),
                        _(wording.STATUSES[letter.status]),
                        f"{letter.parts_arrived}/{letter.parts}",
                        wording.next_step(letter),
                    ]
                    for letter in mine
                ],
            )
        else:
            terminal.say(_("You have no letters on their way."))
        for letter in mine:
            if letter.ends_soon:
                terminal.warn("{sentence}", sentence=wording.ends_soon(letter))
        for sentence in standing.held_back(alarm):
            terminal.warn("{sentence}", sentence=sentence.text)
        if new:
            terminal.table(
                [_("No."), _("from"), _("arrived"), _("what"), ""],
                [
                    [
                        letter.number,
                        letter.person.name,
                        wording.utc_day(letter.arrived_day),
                        _("letter") if letter.picture is None else _("picture"),
                        _("stays after reading") if letter.kept else "",
                    ]
                    for letter in unread
                ],
            )
            telling.waiting(new)
        for one in partly:
            terminal.say(wording.coming_line(), name=one.person.name, here=one.here, parts=one.parts)
