"""`sosik` alone: the letter box, on the full screen where textual is installed, else as numbered menus."""

import os
from importlib.util import find_spec

from client_cli import i18n
from client_cli.seams import SystemClock, home_dir, system_entropy

__all__ = ["open_letter_box"]


def open_letter_box(home: str | None, words_fd: int | None, *, menus: bool) -> None:
    """Show it until the person closes it; the vault is closed on every way out."""
    from client_cli.letterbox.pages.start import begin
    from client_cli.letterbox.pages.visit import Visit

    visit = Visit(home_dir(home, os.environ), SystemClock(), system_entropy, words_fd)
    try:
        begin(visit, i18n.find_language(os.environ))
        if menus or os.environ.get("TERM") in {None, "", "dumb"} or find_spec("textual") is None:
            from client_cli.letterbox.menus import run

            run(visit)
        else:
            from client_cli.letterbox.full_screen import LetterBox

            LetterBox(visit).run()
    finally:
        visit.close()
