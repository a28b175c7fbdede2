"""Asking for a card: the name of a picture, or the lines of it.

Invariant: what a card says is looked at by whoever asked, not here. Spec: docs/family.md, Meeting someone.
"""

from collections.abc import Callable
from pathlib import Path

from client_cli.cards.typed import from_typed
from client_cli.i18n import _
from client_cli.letterbox.pages.visit import AskKind, Visit, ask_page

__all__ = ["CardTaken", "ask_card", "ask_lines", "path_of"]

CardTaken = Callable[[Visit, str], None]


def path_of(typed: str) -> Path:
    """A file name as people type it or drag it into a window: without quotes, ~ for their folder."""
    return Path(typed.strip().strip("'\"")).expanduser()


def ask_card(then: CardTaken, visit: Visit) -> None:
    """Ask for a picture; `then` gets the text of the code on it."""

    def read(visit: Visit, typed: str) -> None:
        from client_cli.cards.qr import read_image

        then(visit, read_image(path_of(typed)))

    visit.push(ask_page(_("Card"), _("Name of the picture: "), AskKind.LINE, read))


def ask_lines(then: CardTaken, visit: Visit) -> None:
    """Ask for the lines of a card; `then` gets its text."""
    prompt = _("The lines of the card: ")
    visit.push(ask_page(_("Card"), prompt, AskKind.LETTER, lambda visit, typed: then(visit, from_typed(typed))))
