"""All printing, and the one sanitiser that other people's text passes.

Invariant: nothing that came from a peer, a card, a file or the vault reaches the screen except through `sanitise`; all
values put into a sentence pass it inside `say`, `warn` and `table`.  A letter's lines are always indented and wrapped
here, so that no letter can imitate a line of the program (docs/threats.md, A relative who writes).
"""

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TextIO

MAX_MARKS = 4  # combining marks on one character: no script needs more, and a pile of them covers other lines
GAP = "  "  # between the columns of a table
PICTURE_COLUMNS = 60  # a picture in a letter, in a window of 80
PORTRAIT_COLUMNS = 20  # a portrait beside a person's letters
MIN_COLUMN = 8  # a column is not made narrower than this; a terminal that is too narrow breaks the lines itself
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Characters that are neither controls nor of category Cf and yet show nothing: combining grapheme joiner, Hangul
# fillers, Mongolian and other variation selectors.
_INVISIBLE = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)]
)
_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def _clean(character: str) -> str:
    code = ord(character)
    if code in _INVISIBLE or 0xE0100 <= code <= 0xE01EF:
        return ""
    match unicodedata.category(character):
        case "Cc" | "Cf" | "Cs":  # C0, C1, bidi controls, zero-width characters, tags, half surrogates
            return ""
        case "Co" | "Cn":  # private and unassigned: what a terminal makes of them is not known
            return REPLACEMENT
        case _:
            return character


def sanitise(text: str, *, lines: bool = False) -> str:
    """Text without anything that a terminal acts on: NFC, no C0, C1, bidi or zero-width characters.

    Line ends of every kind become one newline when `lines` is set, and otherwise a space, as tabs do.
    """
    text = text.replace("\r\n", "\n")
    kept: list[str] = []
    for character in text:
        if character in _BREAKS:
            kept.append("\n" if lines else " ")
        elif character == "\t" or character.isspace():
            kept.append(" ")
        else:
            kept.append(_clean(character))
    text = unicodedata.normalize("NFC", "".join(kept))
    marks = 0
    limited: list[str] = []
    for character in text:
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks <= MAX_MARKS:
            limited.append(character)
    return "".join(limited)


def columns(text: str) -> int:
    """Display width: a Hangul syllable or Chinese character takes two columns."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(int(wcswidth(text)), 0)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at spaces, or inside a word that is wider than a line."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for word in paragraph.split(" "):
            needed = columns(word)
            if line and used + 1 + needed > width:
                lines.append(line)
                line, used = "", 0
            elif line:
                line, used = line + " ", used + 1
            while needed > width:
                head = _fitting(word, width - used)
                lines.append(line + word[:head])
                word = word[head:]
                line, used, needed = "", 0, columns(word)
            line, used = line + word, used + needed
        lines.append(line)
    return lines


def _fitting(word: str, width: int) -> int:
    """How many characters of `word` fit `width` columns; at least one, so that wrapping always ends."""
    used = 0
    for count, character in enumerate(word):
        used += columns(character)
        if used > width:
            return max(count, 1)
    return len(word)


def sentence(template: str, **values: object) -> str:
    """A catalogue text with its values put in, each of them sanitised."""
    return template.format(**{name: sanitise(str(value)) for name, value in values.items()})


def is_terminal(stream: TextIO | None = None) -> bool:
    """Whether a person looks at this stream (standard output unless given)."""
    return (stream or sys.stdout).isatty()


def colours() -> bool:
    """Colours only on a terminal, and never with NO_COLOR set."""
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def size() -> tuple[int, int]:
    """Columns and rows of the terminal; 80 and 24 where there is none."""
    try:
        measured = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return 80, 24
    return (measured.columns, measured.lines) if measured.columns and measured.lines else (80, 24)


def _put(text: str, stream: TextIO) -> None:
    stream.write(text + "\n")
    stream.flush()


def _fold(text: str, stream: TextIO) -> str:
    return "\n".join(wrap(text, size()[0])) if is_terminal(stream) else text


def say(template: str = "", **values: object) -> None:
    """Print one sentence to standard output."""
    _put(_fold(sentence(template, **values), sys.stdout), sys.stdout)


def warn(template: str, **values: object) -> None:
    """Print one sentence to standard error."""
    _put(_fold(sentence(template, **values), sys.stderr), sys.stderr)


def data(value: object) -> None:
    """Print one JSON document for scripts; escaped to ASCII, so that no text in it can act on a terminal."""
    _put(json.dumps(value, ensure_ascii=True, indent=2), sys.stdout)


def lines(rows: Iterable[str]) -> None:
    """Print lines of our own making as they are: card words, the rows of a QR."""
    _put("\n".join(rows), sys.stdout)


def letter(text: str) -> None:
    """Print a letter's text: sanitised, wrapped, every line of it indented by two columns."""
    body = sanitise(text, lines=True)
    rows = wrap(body, size()[0] - 2) if is_terminal() else body.split("\n")
    _put("\n".join("  " + row for row in rows), sys.stdout)


def picture(body: bytes, columns: int = PICTURE_COLUMNS) -> bool:
    """Draw a picture in the window. False, and nothing drawn, where there are no colours. PictureUnreadable."""
    if not colours():
        return False
    from client_cli.content.pictures import open_picture
    from client_cli.terminal import half_blocks

    wide = max(min(columns, size()[0] - 2), 1)
    lines("  " + row for row in half_blocks.rows(open_picture(body), wide, full=half_blocks.true_colour()))
    return True


def clear() -> None:
    """Empty the window and what can be scrolled back to, where a letter was shown that has been erased."""
    if is_terminal():
        sys.stdout.write("\x1b[H\x1b[2J\x1b[3J")
        sys.stdout.flush()


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table with right widths for Hangul; every cell is sanitised, and the widest columns wrap to fit.

    Drawn here because `sosik letters` has 350 ms to start, and importing rich takes 75 of them.
    """
    cells = [[sanitise(str(value)) for value in row] for row in (headings, *rows)]
    widths = [max(columns(row[index]) for row in cells) for index in range(len(headings))]
    if is_terminal():
        room = size()[0] - len(GAP) * (len(widths) - 1)
        while sum(widths) > room and max(widths) > MIN_COLUMN:
            widths[widths.index(max(widths))] -= 1
        if sum(widths) > room:  # a narrow window: one line for each value
            for row in cells[1:]:
                for heading, value in zip(cells[0], row, strict=True):
                    if value:
                        say("{heading}: {value}", heading=heading, value=value)
                say()
            return
    drawn = [_table_row(row, widths) for row in cells]
    drawn.insert(1, ["─" * (sum(widths) + len(GAP) * (len(widths) - 1))])
    lines(line for row in drawn for line in row)


def _table_row(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The lines of one row, as many as its highest cell needs."""
    wrapped = [wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
    drawn = []
    for index in range(max(len(cell) for cell in wrapped)):
        parts = [cell[index] if index < len(cell) else "" for cell in wrapped]
        drawn.append(
            GAP.join(part + " " * (width - columns(part)) for part, width in zip(parts, widths, strict=True)).rstrip()
        )
    return drawn


def bar(done: int, total: int, width: int = 30) -> str:
    """A progress bar of `width` columns."""
    filled = width * done // max(total, 1)
    return "[" + "#" * filled + "." * (width - filled) + "]"


class ProgressLine:
    """One line that is written over on a terminal, and plain lines, each only once, elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._last = ""

    def show(self, template: str, **values: object) -> None:
        """Show this sentence instead of the last one."""
        text = sentence(template, **values)
        if text == self._last:
            return
        self._last = text
        with suppress(OSError):  # a log on a full disk is no reason to stop what the line tells of
            if is_terminal(self._stream):
                fitting = wrap(text, size()[0] - 1)[0]
                self._stream.write("\r\x1b[K" + fitting)
                self._stream.flush()
            else:
                _put(text, self._stream)

    def close(self) -> None:
        """Leave the line as it stands and go on below it."""
        if self._last and is_terminal(self._stream):
            _put("", self._stream)
        self._last = ""
