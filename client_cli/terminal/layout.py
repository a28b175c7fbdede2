"""How text takes its place: display widths, wrapped lines, tables.

Invariant: pure; a Hangul syllable or Chinese character is two columns wide, and no line is wider than it was given.
What comes in has passed the sanitiser. Spec: docs/family.md, The letter box.
Decision 38.
"""

from collections.abc import Sequence

__all__ = ["GAP", "columns", "fitted", "table", "wrap"]

GAP = "  "  # between the columns of a table
MIN_COLUMN = 8  # a column is not made narrower than this; a terminal that is too narrow breaks the lines itself


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


def fitted(cells: Sequence[Sequence[str]], room: int | None) -> list[int] | None:
    """The widths of the columns of a table, the widest made narrower until all fit `room` columns (None: without end).

    None: they cannot be made to fit.
    """
    widths = [max(map(columns, column)) for column in zip(*cells, strict=True)]
    if room is None:
        return widths
    room -= len(GAP) * (len(widths) - 1)
    while sum(widths) > room and max(widths) > MIN_COLUMN:
        widths[widths.index(max(widths))] -= 1
    return widths if sum(widths) <= room else None


def table(cells: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    """The lines of a table with a rule below its first row, the headings.

    Drawn here because `sosik letters` has 350 ms to start, and importing rich takes 75 of them.
    """
    drawn = [_row(row, widths) for row in cells]
    drawn.insert(1, ["─" * (sum(widths) + len(GAP) * (len(widths) - 1))])
    return [line for row in drawn for line in row]


def _row(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """The lines of one row, as many as its highest cell needs."""
    wrapped = [wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
    drawn = []
    for index in range(max(len(cell) for cell in wrapped)):
        parts = [cell[index] if index < len(cell) else "" for cell in wrapped]
        drawn.append(
            GAP.join(part + " " * (width - columns(part)) for part, width in zip(parts, widths, strict=True)).rstrip()
        )
    return drawn
