"""`sosik people`: who, and how confirmed."""

from client_cli import helptext, terminal
from client_cli.i18n import _
from client_cli.options import Opening, json_option, opening_options


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
    from client_cli import arriving, contacts, outcomes, portraits, wording
    from client_cli.requests import requests
    from client_cli.seams import SystemClock

    now = SystemClock().now()
    with opening.vault() as vault:
        arriving.open_arrived(vault)
        if not as_json:
            outcomes.tell(vault)
        everybody = contacts.people(vault)
        faces = portraits.portraits(vault)
        if as_json:
            terminal.data(
                {
                    "people": [
                        {
                            "name": person.name,
                            "label": wording.script_name(person.label),
                            "introduced_by": person.introducer,
                            "asks": outcomes.asks(vault, person),
                            "state": wording.script_name(person.state),
                            "portrait": person.number in faces,
                        }
                        for person in everybody
                    ],
                    "requests": [wording.request_record(one) for one in requests(vault, now)],
                }
            )
        elif everybody:
            terminal.table(
                [_("name"), _("how you know"), _("state")],
                [[person.name, wording.label(person), _(wording.STATES[person.state])] for person in everybody],
            )
            if terminal.colours():
                for person in everybody:
                    if person.number in faces:
                        terminal.say()
                        terminal.picture(faces[person.number], terminal.PORTRAIT_COLUMNS)
                        terminal.say("  {name}", name=person.name)
            outcomes.tell_questions(vault)
            outcomes.tell_requests(vault, now)
        else:
            terminal.say(_("Nobody yet. Meet someone: sosik meet NAME"))
