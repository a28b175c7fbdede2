"""A sheet to print: one card as a code and as lines to type.

Invariant: black on white, one card a page, nothing on it but what the card holds and how to use it, and no metadata in
the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from client_cli.cards import qr
from client_cli.terminal.sanitiser import sanitise

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

FONT: Final = files("client_cli") / "fonts" / "sheet.ttf"
DPI = 150
PAGE = (1240, 1754)  # A4 at 150 dots per inch
MARGIN = 110
CODE_SIDE = 820  # 14 cm: 7 dots a module for the longest invitation, which any telephone reads at arm's length
TITLE_SIZE, TEXT_SIZE, LINES_SIZE = 48, 28, 24
LEADING = 1.45
COLUMN = 530  # from one column of lines to the next


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on one page, from top to bottom."""

    title: str
    notes: Sequence[str]
    code: str
    lines: Sequence[str]


def printable(text: str) -> bool:
    """Whether the font that we ship has every character: ASCII, all Hangul syllables, a little punctuation."""
    return all(" " <= character <= "~" or "가" <= character <= "힣" or character in "–—‘’“”…·•" for character in text)


def draw(sheet: Sheet) -> "Image":
    """One page as a 1-bit picture."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("1", PAGE, 1)
    pen = ImageDraw.Draw(page)
    pen.fontmode = "1"

    def put(text: str, size: int, top: float) -> float:
        font = ImageFont.truetype(BytesIO(FONT.read_bytes()), size)
        for line in _fold("".join(c if printable(c) else "□" for c in sanitise(text)), font):
            pen.text((MARGIN, top), line, font=font, fill=0)
            top += size * LEADING
        return top

    top = put(sheet.title, TITLE_SIZE, MARGIN)
    for note in sheet.notes:
        top = put(note, TEXT_SIZE, top + 6)
    modules = len(qr.matrix(sheet.code))
    code = qr.picture(sheet.code, max(CODE_SIDE // modules, 1))
    page.paste(code, ((PAGE[0] - code.width) // 2, int(top)))
    top += code.height
    typed = ImageFont.truetype(BytesIO(FONT.read_bytes()), LINES_SIZE)
    rows = -(-len(sheet.lines) // 2)  # two columns: the longest invitation has 30 lines
    for index, line in enumerate(sheet.lines):
        row, column = index % rows, index // rows
        pen.text((MARGIN + column * COLUMN, top + row * LINES_SIZE * LEADING), line, font=typed, fill=0)
    return page


def _fold(text: str, font: "FreeTypeFont") -> list[str]:
    """Lines no wider than the page, broken at spaces or inside a word that is wider than a line."""
    width = PAGE[0] - 2 * MARGIN
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        while font.getlength(joined) > width:
            cut = line if line and font.getlength(word) <= width else _head(joined, font, width)
            lines.append(cut)
            joined = joined[len(cut) :].lstrip(" ")
            line = ""
        line = joined
    return [*lines, line]


def _head(text: str, font: "FreeTypeFont", width: int) -> str:
    end = len(text)
    while end > 1 and font.getlength(text[:end]) > width:
        end -= 1
    return text[:end]


def write(pages: Sequence["Image"], path: Path) -> None:
    """Write a PDF of all pages (or for `.png` the one page) in a new file.  NameTaken, NotWritten."""
    if path.suffix.lower() == ".png":
        qr.save(pages[0], path, "PNG", dpi=(DPI, DPI))
        return
    qr.save(
        pages[0], path, "PDF", save_all=True, append_images=list(pages[1:]), resolution=DPI,
        title="Sosik", creationDate=None, modDate=None,
    )  # fmt: skip
