"""The letter box on the full screen (textual; optional: `pip install sosik[full]`).

Invariant: everything drawn is a row of client_cli.letterbox.pages.layout turned into styled characters; nothing is read
as markup, no widget gets text of a peer in another way, and the window's title is never set. Spec: docs/family.md, The
letter box.
"""

import os
import unicodedata
from typing import ClassVar

from rich.color import Color
from rich.style import Style as RichStyle
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Input, Static, TextArea

from client_cli.i18n import _
from client_cli.letterbox.pages import layout
from client_cli.letterbox.pages.blocks import Style
from client_cli.letterbox.pages.layout import Row, Span
from client_cli.letterbox.pages.visit import BACK, HELP, AskKind, View, Visit
from client_cli.terminal.layout import columns, wrap

__all__ = ["LetterBox"]

_STYLES = {Style.PLAIN: RichStyle(), Style.STRONG: RichStyle(bold=True), Style.QUIET: RichStyle(dim=True)}
_LOOK_S = 5.0  # how often is looked whether anybody is still there
_SHADES = " ░▒▓█"  # pictures where no colours are wanted
_MOVES = {
    "up": "scroll_up",
    "down": "scroll_down",
    "pageup": "scroll_page_up",
    "pagedown": "scroll_page_down",
    "home": "scroll_home",
    "end": "scroll_end",
}
_COLUMN = 24  # a choice on one of several columns


class LetterBox(App[None]):
    """Shows the pages of a visit; keys go to it."""

    CSS = """
    Screen { layout: vertical; }
    #title { height: 1; text-style: reverse bold; padding: 0 1; }
    #body { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    #shown { width: auto; height: auto; }
    #notice { height: auto; padding: 0 1; text-style: bold; }
    #line { height: 3; border: round ansi_bright_black; display: none; }
    #letter { height: 1fr; min-height: 8; border: round ansi_bright_black; display: none; }
    #choices { height: auto; padding: 0 1; border-top: solid ansi_bright_black; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "close", show=False, priority=True),
        Binding("ctrl+c", "interrupt", show=False, priority=True),
        Binding("escape", "escape", show=False, priority=True),
        Binding("tab", "reveal", show=False, priority=True),
        Binding("f1", "help", show=False, priority=True),
    ]

    def __init__(self, visit: Visit) -> None:
        super().__init__()
        self.visit = visit
        self._asked: object = None
        self._warned_of = ""  # a line that Escape would throw away
        self._turned = False  # wide spacing that does not fit: the choices stand on the other side
        self.theme = "ansi-dark"  # the terminal's own colours, dark or light

    def compose(self) -> ComposeResult:
        """Title, text, a place to type, the choices."""
        yield Static("", id="title", markup=False)
        with VerticalScroll(id="body"):
            yield Static("", id="shown", markup=False)
        yield Static("", id="notice", markup=False)
        yield Input(id="line", select_on_focus=False)  # one key must not take away all that stands there
        yield TextArea("", id="letter", soft_wrap=True, tab_behavior="focus")
        yield Static("", id="choices", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self.visit.touch()
        self.set_interval(_LOOK_S, self._look)
        self._refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew."""
        self._refresh()

    def _look(self) -> None:
        if self.visit.idle():
            self.visit.lock()
            self._refresh()

    def _refresh(self) -> None:
        if self.visit.ended:
            self.exit()
            return
        view = self.visit.view()
        width = max(self.size.width - 4, 20)
        rows = layout.rows(view.blocks, width, large=self.visit.large)
        self.query_one("#title", Static).update(Text(layout.plain(view.title)))
        self.query_one("#shown", Static).update(_text(rows))
        notice = wrap(layout.plain(self.visit.notice), width) if self.visit.notice else []
        self.query_one("#notice", Static).update(Text("\n".join(notice)))
        self.query_one("#notice").display = bool(notice)
        choices = _choices(view, width, self.visit.large)
        split = self.visit.large and view.ask is None and len(rows) + len(choices) + 4 > self.size.height
        if split and not self._turned:
            choices = [layout.plain(_("Space: what can be done here"))]
        self.query_one("#body").display = not (split and self._turned)
        self.query_one("#choices", Static).update(Text("\n".join(choices)))
        self._ask(view)

    def _ask(self, view: View) -> None:
        """Show the place to type that the page wants, with what was typed before; keep it while the page stays."""
        line, letter = self.query_one("#line", Input), self.query_one("#letter", TextArea)
        page = self.visit.pages[-1]
        if page is self._asked:
            return
        self._asked = page
        self.query_one("#body").scroll_home(animate=False)
        kind = None if view.ask is None else view.ask.kind
        line.display = kind in (AskKind.LINE, AskKind.WORDS)
        letter.display = kind is AskKind.LETTER
        self.query_one("#body").styles.height = "auto" if letter.display else "1fr"
        if view.ask is None:
            line.value = ""
            letter.load_text("")
            self.set_focus(None)
        elif letter.display:
            letter.load_text(self.visit.draft)
            letter.move_cursor(letter.document.end)
            letter.focus()
        else:
            line.password = kind is AskKind.WORDS
            line.value = layout.plain(self.visit.draft)
            line.cursor_position = len(line.value)
            line.border_title = Text(layout.plain(view.ask.prompt))  # a Text is no markup
            line.focus()

    async def on_event(self, event: events.Event) -> None:
        """See every key first: ? on an empty line is help, numbers choose."""
        if isinstance(event, events.Key | events.Paste):
            self.visit.touch()
        if isinstance(event, events.Key) and event.character and self._key(event.character):
            event.stop()
            return
        if isinstance(event, events.Key) and event.key == "backspace" and self._nothing_typed():
            self.action_escape()
            event.stop()
            return
        if isinstance(event, events.Key) and event.key in _MOVES and self.visit.view().ask is None:
            getattr(self.query_one("#body", VerticalScroll), _MOVES[event.key])(animate=False)
            event.stop()
            return
        await super().on_event(event)

    def _key(self, character: str) -> bool:
        key = unicodedata.normalize("NFKC", character)
        view = self.visit.view()
        if view.ask is not None:
            if key != HELP or self._typed().strip():
                return False
        elif key == " ":
            self._turned = not self._turned
            self._refresh()
            return True
        elif not (key.isdecimal() or key == HELP):
            return False
        self._turned = False
        self.visit.press(key)
        self._refresh()
        return True

    def _typed(self) -> str:
        view = self.visit.view()
        if view.ask is not None and view.ask.kind is AskKind.LETTER:
            return self.query_one("#letter", TextArea).text
        return self.query_one("#line", Input).value

    def _nothing_typed(self) -> bool:
        return self.visit.view().ask is not None and not self._typed()

    def _enter(self, text: str) -> None:
        self._asked = None
        self.visit.enter(text)
        self._refresh()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Hangul that comes as single jamo is composed, so that one key takes a syllable away."""
        composed = unicodedata.normalize("NFC", event.value)
        if composed != event.value:
            event.input.value = composed
            event.input.cursor_position = len(composed)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The same for letters; and a last line with only a full stop ends the letter."""
        area = event.text_area
        composed = unicodedata.normalize("NFC", area.text)
        if composed != area.text:
            area.load_text(composed)
            area.move_cursor(area.document.end)
        before, mark, after = composed.rpartition("\n")
        text, _newline, last = before.rpartition("\n")
        if mark and not after and last.strip() in {".", "。"}:
            self._enter(text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter on a line: hand it on, or go back where nothing was typed."""
        text = event.value
        event.input.value = ""
        if text.strip():
            self._enter(text)
        else:
            self.action_escape()

    def action_escape(self) -> None:
        """Back; a letter that was begun is asked about first, and a line goes at the second time."""
        view, typed = self.visit.view(), self._typed()
        kind = None if view.ask is None else view.ask.kind
        if kind is AskKind.LETTER and typed.strip():
            self._enter(typed)
            return
        if kind is AskKind.LINE and typed.strip() and typed != self._warned_of:
            self._warned_of = typed
            self.visit.tell(_("Esc once more goes back; what you typed is gone then."))
            self._refresh()
            return
        if len(self.visit.pages) > 1 or view.back:
            self.visit.press(BACK)
            self._refresh()

    def action_reveal(self) -> None:
        """Show opening words while they are typed, or hide them again."""
        view = self.visit.view()
        if view.ask is not None and view.ask.kind is AskKind.WORDS:
            line = self.query_one("#line", Input)
            line.password = not line.password

    def action_help(self) -> None:
        """Help, also in the middle of typing; what was typed stays."""
        self.visit.help(self._typed())
        self._refresh()

    def action_interrupt(self) -> None:
        """Close, as other programs do at this key; where something was typed, which some would copy with it, Escape."""
        view = self.visit.view()
        if view.ask is not None and view.ask.kind is not AskKind.WORDS and self._typed().strip():
            self.action_escape()
        else:
            self.action_close()

    def action_close(self) -> None:
        """Close the letter box at once; a letter that stands open stays unread."""
        self.exit()


def _text(rows: list[Row]) -> Text:
    text = Text(no_wrap=True)
    for number, row in enumerate(rows):
        if number:
            text.append("\n")
        for span in row:
            if span.upper is not None and span.lower is not None and os.environ.get("NO_COLOR"):
                text.append(_SHADES[(sum(span.upper) + sum(span.lower)) * len(_SHADES) // (6 * 256)])
            else:
                text.append(span.text, _style(span))
    return text


def _style(span: Span) -> RichStyle:
    if span.upper is None or span.lower is None:
        return _STYLES[span.style]
    return RichStyle(color=Color.from_rgb(*span.upper), bgcolor=Color.from_rgb(*span.lower))


def _choices(view: View, width: int, large: bool) -> list[str]:
    """The keys that do something here: several on a line where all are short, unless the text is large."""
    if view.ask is not None:
        keys = [(_("Enter"), _("go on")), (f"{BACK} {_('Enter')}", _("back")), (HELP, _("help"))]
        if view.ask.kind is AskKind.LETTER:
            keys = [("Esc", _("done")), ("F1", _("help"))]
    else:
        keys = [(choice.key, choice.label) for choice in view.choices]
        keys += [(BACK, view.back)] if view.back else []
        keys += [(HELP, _("help") if view.back else "")]  # the first page is in no language yet
    labels = [layout.plain(f"{key} {label}") for key, label in keys]
    if large:
        return [line for label in labels for line in (label, "")][:-1]
    if any(columns(label) > _COLUMN for label in labels):
        return [line for label in labels for line in wrap(label, width)]
    lines: list[str] = []
    for label in labels:
        padded = label + " " * max(_COLUMN - columns(label), 0)
        if lines and columns(lines[-1]) + 2 + columns(label) <= width:
            lines[-1] += "  " + padded
        else:
            lines.append(padded)
    return [line.rstrip() for line in lines]
