"""What several commands say in the same words.

Invariant: facts of this vault alone, as `client_cli.wording` names them. docs/family.md, Letters.
"""

from client_cli import terminal, wording
from client_cli.i18n import _, ngettext
from client_cli.outbox import LetterState

__all__ = ["queued", "waiting"]


def queued(letter: LetterState) -> None:
    """Say where a letter is that was written just now."""
    terminal.say(
        _("Letter {number} to {name}: {status}, in {parts} parts."),
        number=letter.number,
        name=letter.person.name,
        status=_(wording.STATUSES[letter.status]),
        parts=letter.parts,
    )
    terminal.say(_("It is sent again until it arrives, at most until {day}."), day=wording.day(letter.expires_on))
    terminal.say(_("It leaves while this runs: sosik online"))


def waiting(new: int) -> None:
    """Say how many new letters there are, if any."""
    if new:
        terminal.say(
            ngettext(
                "{count} new letter waits for you: sosik read", "{count} new letters wait for you: sosik read", new
            ),
            count=new,
        )
