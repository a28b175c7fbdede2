"""QR codes: from a card's text to a picture or a terminal, and back from a picture.

Invariant: always black on white with a quiet zone of four modules, because a code in the colours of a dark terminal or
without its margin is not found by cameras; every picture written is readable by its owner alone.
"""

import stat
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from client_cli.content.new_files import require_free, write_new
from client_cli.errors import CardProblem
from client_cli.i18n import N_

if TYPE_CHECKING:
    from PIL.Image import Image

QUIET_MODULES = 4  # ISO/IEC 18004: the margin that a reader may rely on
PIXELS_PER_MODULE = 8
MAX_IMAGE_PIXELS = 60_000_000  # more than any telephone's camera; a small file must not unpack into gigabytes
MAX_IMAGE_BYTES = 40_000_000
LOW, MEDIUM = 1, 0  # error correction as `qrcode` numbers it: low for clean screens, medium for paper and photographs
CARD_PREFIX = "SOSIK1:"

_NO_PICTURE = N_("This is not a PNG or JPEG picture; nothing was changed; take another one.")

Matrix = Sequence[Sequence[bool]]

_BLACK_ON = {False: "\x1b[38;5;231m", True: "\x1b[38;5;16m"}  # of the 256 colours: themes leave these two alone
_GROUND = {False: "\x1b[48;5;231m", True: "\x1b[48;5;16m"}


def matrix(text: str, correction: int = MEDIUM) -> Matrix:
    """The modules of the code, True for dark, quiet zone included.  CardProblem when the text is too long."""
    import qrcode
    from qrcode.exceptions import DataOverflowError

    code = qrcode.QRCode(error_correction=correction, border=QUIET_MODULES)
    code.add_data(text)
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise CardProblem(
            N_("This card is too long for a QR code; nothing was changed; use its lines to type.")
        ) from error
    return [[bool(module) for module in row] for row in code.get_matrix()]


def terminal_rows(modules: Matrix) -> list[str]:
    """Rows of half blocks, two modules high each, in explicit black and white."""
    rows: list[str] = []
    blank = [False] * len(modules[0])
    for index in range(0, len(modules), 2):
        upper = modules[index]
        lower = modules[index + 1] if index + 1 < len(modules) else blank
        drawn, colours = "", None
        for top, bottom in zip(upper, lower, strict=True):
            if (top, bottom) != colours:
                drawn += _BLACK_ON[top] + _GROUND[bottom]
                colours = (top, bottom)
            drawn += "▀"
        rows.append(drawn + "\x1b[0m")
    return rows


def terminal_size(modules: Matrix) -> tuple[int, int]:
    """Columns and rows that `terminal_rows` takes."""
    return len(modules[0]), (len(modules) + 1) // 2


def picture(text: str, pixels_per_module: int = PIXELS_PER_MODULE, correction: int = MEDIUM) -> "Image":
    """The code as a 1-bit picture, black on white."""
    from PIL import Image

    modules = matrix(text, correction)
    side = len(modules)
    small = Image.new("1", (side, side), 1)
    small.putdata([0 if dark else 1 for row in modules for dark in row])
    return small.resize((side * pixels_per_module, side * pixels_per_module), Image.Resampling.NEAREST)


def png_path(path: Path) -> Path:
    """The name with `.png` at its end: other computers open a picture by that, and ask for an invitation without it."""
    return path if path.suffix.lower() == ".png" or not path.name else path.with_name(path.name + ".png")


def free_png(path: Path) -> Path:
    """The name that `write_png` would take.  NameTaken; to be asked before a card is made or taken for it."""
    path = png_path(path)
    require_free(path)
    return path


def write_png(text: str, path: Path) -> Path:
    """Write the code as a new PNG; where it is now.  NameTaken, NotWritten."""
    path = png_path(path)
    save(picture(text), path, "PNG")
    return path


def save(image: "Image", path: Path, kind: str, **how: object) -> None:
    """Write a picture of our own making in a new file.  NameTaken, NotWritten."""
    made = BytesIO()
    image.save(made, format=kind, **how)
    write_new(path, made.getvalue())


def read_texts(path: Path) -> set[str]:
    """The texts of all codes in a PNG or JPEG picture; none if there is no code.  CardProblem: it is no picture."""
    import zxingcpp
    from PIL import Image

    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a named pipe would wait for ever
            raise CardProblem(_NO_PICTURE)
        if path.stat().st_size > MAX_IMAGE_BYTES:
            raise CardProblem(N_("This picture is too large; nothing was changed; take a smaller one."))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                if image.width * image.height > MAX_IMAGE_PIXELS:
                    raise CardProblem(N_("This picture is too large; nothing was changed; take a smaller one."))
                grey = image.convert("L")
        found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    except CardProblem:
        raise
    except FileNotFoundError as error:
        raise CardProblem(N_("There is no such picture; nothing was changed; check its name.")) from error
    except Exception as error:  # Pillow raises many kinds for a broken picture, and none of them is our bug
        raise CardProblem(_NO_PICTURE) from error
    return {code.text for code in found}


def read_image(path: Path) -> str:
    """The text of the one card in a PNG or JPEG picture.  CardProblem when there is none, or more than one."""
    texts = read_texts(path)
    cards = {text for text in texts if text.startswith(CARD_PREFIX)}
    if len(cards) > 1:
        raise CardProblem(N_("There are several cards in this picture; nothing was changed; show one alone."))
    if cards:
        return cards.pop()
    if texts:
        raise CardProblem(N_("The code in this picture is not a card of Sosik; nothing was changed."))
    raise CardProblem(N_("No code was found in this picture; nothing was changed; take it again, straight and sharp."))
