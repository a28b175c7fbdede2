"""What several commands say in the same words.

Invariant: facts of this vault alone, as `client_cli.wording.states` names them. docs/family.md, Letters.
"""

from client_cli.i18n import _, ngettext
from client_cli.outbox.letters import LetterState
from client_cli.terminal import output
from client_cli.wording import states

__all__ = ["queued", "waiting"]


def queued(letter: LetterState) -> None:
    """Say where a letter is that was written just now."""
    output.say(
        _("Letter {number} to {name}: {status}, in {parts} parts."),
        number=letter.number,
        name=letter.person.name,
        status=_(states.STATUSES[letter.status]),
        parts=letter.parts,
    )
    output.say(_("It is sent again until it arrives, at most until {day}."), day=states.day(letter.expires_on))
    output.say(_("It leaves while this runs: sosik online"))


def waiting(new: int) -> None:
    """Say how many new letters there are, if any."""
    if new:
        output.say(
            ngettext(
                "{count} new letter waits for you: sosik read", "{count} new letters wait for you: sosik read", new
            ),
            count=new,
        )
