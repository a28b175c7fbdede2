"""From blocks to rows of a screen: sanitised, wrapped by display width, Hangul by syllable.

Invariant: every character that either interface draws comes out of `rows` or `plain`, and has passed the sanitiser
there; nothing in a row is markup. Spec: docs/family.md, The letter box.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from client_cli.letterbox.pages.blocks import Block, Card, Colour, Letter, Pixels, Style, Words
from client_cli.terminal.layout import columns, wrap
from client_cli.terminal.sanitiser import sanitise

__all__ = ["BAR", "Row", "Span", "plain", "rows", "text_of"]

BAR = "│ "  # before each line of a letter
HALF = "▀"
GAP = 2  # columns between a picture and the words beside it
BESIDE = 20  # columns that words need beside a picture; with less they stand below it
LARGE_COLUMNS = 44  # lines of large text: few words on each, much room


@dataclass(frozen=True, slots=True)
class Span:
    """Characters in one style; `upper` and `lower` are the colours of a half block."""

    text: str
    style: Style = Style.PLAIN
    upper: Colour | None = None
    lower: Colour | None = None


Row = tuple[Span, ...]


def plain(text: str) -> str:
    """One line of clean text, for titles, prompts and choices."""
    return sanitise(text)


def text_of(row: Row) -> str:
    """The characters of a row."""
    return "".join(span.text for span in row)


def rows(blocks: Iterable[Block], width: int, *, large: bool = False) -> list[Row]:
    """All rows of the blocks, none wider than `width` columns. Large text: few words on a line, an empty line after
    each, no explanations.
    """
    width = min(width, LARGE_COLUMNS) if large else width
    found: list[Row] = []
    for block in blocks:
        for row in _rows(block, width, large):
            found.append(row)
            if large and text_of(row).strip() and not any(span.upper for span in row):
                found.append(())
    return found


def _rows(block: Block, width: int, large: bool) -> Iterator[Row]:
    match block:
        case Words(text, style):
            if not (large and style is Style.QUIET):
                style = Style.STRONG if large else style
                for line in wrap(sanitise(text), width):
                    yield (Span(line, style),)
        case Letter(text):
            for line in wrap(sanitise(text, lines=True), width - columns(BAR)):
                yield (Span(BAR, Style.QUIET), Span(line, Style.STRONG if large else Style.PLAIN))
        case Card(pixels, words):
            yield from _card(pixels, words, width, large)


def _card(pixels: Pixels | None, words: Iterable[Words], width: int, large: bool) -> Iterator[Row]:
    wide = len(pixels[0]) if pixels else 0
    if pixels is None or wide + GAP + BESIDE > width or large:
        yield from (() if pixels is None or wide > width else map(_half_blocks, pixels))
        for one in words:
            yield from _rows(one, width, large)
        return
    beside = [row for one in words for row in _rows(one, width - wide - GAP, large)]
    for number in range(max(len(pixels), len(beside))):
        left = _half_blocks(pixels[number]) if number < len(pixels) else (Span(" " * wide),)
        yield (*left, Span(" " * GAP), *(beside[number] if number < len(beside) else ()))


def _half_blocks(pixels: tuple[tuple[Colour, Colour], ...]) -> Row:
    return tuple(Span(HALF, Style.PLAIN, upper, lower) for upper, lower in pixels)
