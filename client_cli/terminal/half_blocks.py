"""A picture in a terminal: half blocks, two pixels to a character.

Invariant: the rows hold nothing but our own colour codes and one block character; no pixel can become anything else.
Spec: docs/family.md, Pictures.
"""

import os
from collections.abc import Mapping
from typing import Final

from client_cli.content.pictures import Picture

__all__ = ["rows", "true_colour"]

_BLOCK: Final = "▄"  # the lower half in the colour of the text, the upper half in that of the ground
_RESET: Final = "\x1b[0m"
_CUBE: Final = (0, 95, 135, 175, 215, 255)


def true_colour(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal says that it knows all colours; the others get the nearest of 256."""
    return environ.get("COLORTERM", "") in {"truecolor", "24bit"}


def rows(picture: Picture, columns: int, *, full: bool) -> list[str]:
    """The picture, `columns` wide at most and never larger than it is. `full`: 24-bit colours, else of 256."""
    columns = max(1, min(columns, picture.width))
    high = max(2, round(picture.height * columns / picture.width))
    small = picture.image().resize((columns, high + high % 2)).tobytes()
    pixels = [(small[at], small[at + 1], small[at + 2]) for at in range(0, len(small), 3)]
    drawn = []
    for top in range(0, high, 2):
        upper, lower = pixels[top * columns : (top + 1) * columns], pixels[(top + 1) * columns : (top + 2) * columns]
        row, before = "", ""
        for ground, text in zip(upper, lower, strict=True):
            code = f"\x1b[48;{_code(ground, full)};38;{_code(text, full)}m"
            row += (code if code != before else "") + _BLOCK
            before = code
        drawn.append(row + _RESET)
    return drawn


def _code(colour: tuple[int, int, int], full: bool) -> str:
    red, green, blue = colour
    return f"2;{red};{green};{blue}" if full else f"5;{_nearest(red, green, blue)}"


def _nearest(red: int, green: int, blue: int) -> int:
    """The nearest of the 256 colours that themes leave alone: the cube of six steps, or one of 24 greys."""
    steps = [_step(value) for value in (red, green, blue)]
    cube = sum(abs(_CUBE[step] - value) for step, value in zip(steps, (red, green, blue), strict=True))
    grey = max(0, min(23, round(((red + green + blue) / 3 - 8) / 10)))
    level = 8 + 10 * grey
    if sum(abs(level - value) for value in (red, green, blue)) < cube:
        return 232 + grey
    return 16 + 36 * steps[0] + 6 * steps[1] + steps[2]


def _step(value: int) -> int:
    return min(range(len(_CUBE)), key=lambda step: abs(_CUBE[step] - value))
