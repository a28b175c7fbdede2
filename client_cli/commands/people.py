"""`sosik people`: who, and how confirmed."""

from client_cli.commands import help as helptext
from client_cli.commands.options import Opening, json_option, opening_options
from client_cli.i18n import _
from client_cli.terminal import output


@helptext.command(
    "people",
    _("Lists the people you write to, and how you know that each of them is who they say."),
    "sosik people",
    "sosik people --json",
)
@json_option
@opening_options
def command(opening: Opening, as_json: bool) -> None:
    """Print the table."""
    from client_cli.inbox import receiving
    from client_cli.meeting.requests import requests
    from client_cli.people import contacts, portraits
    from client_cli.seams import SystemClock
    from client_cli.wording import comparing, questions
    from client_cli.wording.json_records import person_record, request_record
    from client_cli.wording.people import STATES, label
    from client_cli.wording.requests import tell_requests

    now = SystemClock().now()
    with opening.vault() as vault:
        receiving.open_arrived(vault)
        if not as_json:
            questions.tell(vault, now)
        everybody = contacts.people(vault)
        faces = portraits.portraits(vault)
        if as_json:
            output.data(
                {
                    "people": [
                        person_record(person, asks=questions.asks(vault, person), portrait=person.number in faces)
                        for person in everybody
                    ],
                    "requests": [request_record(one) for one in requests(vault, now)],
                }
            )
        elif everybody:
            output.table(
                [_("name"), _("how you know"), _("state")],
                [[person.name, label(person), _(STATES[person.state])] for person in everybody],
            )
            if output.colours():
                for person in everybody:
                    if person.number in faces:
                        output.say()
                        output.picture(faces[person.number], output.PORTRAIT_COLUMNS)
                        output.say("  {name}", name=person.name)
            comparing.tell_comparisons(vault)
            questions.tell_questions(vault)
            tell_requests(vault, now)
        else:
            output.say(_("Nobody yet. Meet someone: sosik meet NAME"))
