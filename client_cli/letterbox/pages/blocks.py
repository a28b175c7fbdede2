"""What a page shows, before it is laid out: words, letters and pictures.

Invariant: blocks hold text as it came; it passes the sanitiser where it is laid out
(client_cli.letterbox.pages.layout), which is the only way from a block to a screen. Spec: docs/threats.md, A relative
who writes.
"""

from dataclasses import dataclass
from enum import Enum, unique

__all__ = ["Block", "Card", "Letter", "Pixels", "Style", "Words"]

Colour = tuple[int, int, int]
Pixels = tuple[tuple[tuple[Colour, Colour], ...], ...]
"""Rows of half blocks: the colours of the upper and the lower half of each character."""


@unique
class Style(Enum):
    """How a text stands on the screen."""

    PLAIN = "plain"
    STRONG = "strong"
    QUIET = "quiet"  # an explanation; left out in large text


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence of ours; names in it are whatever people chose. "" is an empty line."""

    text: str = ""
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True)
class Letter:
    """The text of a letter; every line of it stands behind a bar, so that none can pass for a line of ours."""

    text: str


@dataclass(frozen=True, slots=True)
class Card:
    """A picture with sentences beside it, or alone, or sentences alone."""

    pixels: Pixels | None
    words: tuple[Words, ...]


Block = Words | Letter | Card
