"""All printing.

Invariant: all values put into a sentence or a table pass `client_cli.terminal.sanitiser` inside `sentence`, `say`,
`warn` and `table`.  A letter's lines are always indented and wrapped here, so that no letter can imitate a line of the
program (docs/threats.md, A relative who writes).
"""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from client_cli.terminal import layout
from client_cli.terminal.layout import wrap
from client_cli.terminal.particles import Value
from client_cli.terminal.sanitiser import sanitise

PICTURE_COLUMNS = 60  # a picture in a letter, in a window of 80
PORTRAIT_COLUMNS = 20  # a portrait beside a person's letters


def sentence(template: str, **values: object) -> str:
    """A catalogue text with its values put in, each of them sanitised, and in Korean with its particle."""
    return template.format(**{name: Value(sanitise(str(value))) for name, value in values.items()})


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


def fold(text: str, stream: TextIO) -> str:
    """Text broken at spaces where somebody looks at it in a window, and as it is elsewhere."""
    return "\n".join(wrap(text, size()[0])) if is_terminal(stream) else text


def say(template: str = "", **values: object) -> None:
    """Print one sentence to standard output."""
    _put(fold(sentence(template, **values), sys.stdout), sys.stdout)


def warn(template: str, **values: object) -> None:
    """Print one sentence to standard error."""
    _put(fold(sentence(template, **values), sys.stderr), sys.stderr)


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
    """Print a table with right widths for Hangul; every cell is sanitised, and the widest columns wrap to fit."""
    cells = [[sanitise(str(value)) for value in row] for row in (headings, *rows)]
    widths = layout.fitted(cells, size()[0] if is_terminal() else None)
    if widths is not None:
        lines(layout.table(cells, widths))
        return
    for row in cells[1:]:  # a narrow window: one line for each value
        for heading, value in zip(cells[0], row, strict=True):
            if value:
                say("{heading}: {value}", heading=heading, value=value)
        say()
