"""The letter box as numbered menus in plain text, for terminals without the full screen and for screen readers.

Invariant: shows the same pages as client_cli.letterbox.full_screen, one below the other; every row comes from
client_cli.letterbox.pages.layout. Spec: docs/family.md, The letter box.
"""

import signal
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from client_cli.i18n import _
from client_cli.letterbox.pages import layout
from client_cli.letterbox.pages.blocks import Style
from client_cli.letterbox.pages.layout import Row
from client_cli.letterbox.pages.visit import BACK, HELP, IDLE_S, Ask, AskKind, View, Visit
from client_cli.terminal import output, prompts

__all__ = ["run"]

_SGR = {Style.PLAIN: "", Style.STRONG: "1", Style.QUIET: "2"}


class _NobodyThere(Exception):
    """No key for so long that the letters are closed."""


def run(visit: Visit) -> None:
    """Go on until the person closes the letter box."""
    passing = False
    while not visit.ended:
        view = visit.view()
        if passing and not view.passing:
            output.clear()
        passing = view.passing
        _show(view, visit)
        try:
            with _watching(visit):
                typed = _answer(view, visit)
        except _NobodyThere:
            visit.lock()
            output.clear()
            continue
        except EOFError:
            break
        visit.touch()
        if view.ask is None:
            visit.press(unicodedata.normalize("NFKC", typed).strip()[:1])
        elif typed.strip() == HELP:
            visit.press(HELP)
        elif typed.strip():
            visit.enter(typed)
        else:
            visit.press(BACK)
    if passing:
        output.clear()


def _show(view: View, visit: Visit) -> None:
    width = output.size()[0]
    output.say("")
    output.lines([_drawn(((layout.Span("── " + layout.plain(view.title) + " ──", Style.STRONG)),)), ""])
    output.lines(_drawn(row) for row in layout.rows(view.blocks, width, large=visit.large))
    if visit.notice:
        output.say("* {notice}", notice=visit.notice)
    output.say("")
    gap = "\n" if visit.large else ""
    for choice in view.choices:
        output.say("  {key}  {label}" + gap, key=choice.key, label=choice.label)
    if view.back and view.ask is None:
        output.say("  {key}  {label}" + gap, key=BACK, label=view.back)
    output.say("  {key}  {label}", key=HELP, label=_("help") if view.back or view.ask else "")


def _drawn(row: Row) -> str:
    """A row with our own colour codes, or bare where there are no colours."""
    if not output.colours():
        return "".join(" " if span.upper else span.text for span in row).rstrip()
    drawn = ""
    for span in row:
        code = _SGR[span.style]
        if span.upper is not None and span.lower is not None:
            code = "38;2;{};{};{};48;2;{};{};{}".format(*span.upper, *span.lower)
        drawn += f"\x1b[{code}m{span.text}\x1b[0m" if code else span.text
    return drawn


def _answer(view: View, visit: Visit) -> str:
    if view.ask is None:
        return prompts.line("> ")
    return _typed(view.ask, visit)


def _typed(ask: Ask, visit: Visit) -> str:
    match ask.kind:
        case AskKind.LINE:
            output.say(_("Enter alone or 0 goes back."))
            return prompts.line(layout.plain(ask.prompt), layout.plain(visit.draft))
        case AskKind.WORDS:
            return prompts.opening_words(None)
        case AskKind.LETTER:
            begun = visit.draft + "\n" if visit.draft else ""
            return begun + prompts.letter_text()


@contextmanager
def _watching(visit: Visit) -> Iterator[None]:
    """Raise _NobodyThere in the middle of waiting when nobody answers and letters are open."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise _NobodyThere

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, IDLE_S if visit.vault is not None else 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
