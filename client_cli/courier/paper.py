"""A bundle on paper: numbered QR frames on one sheet, for a telephone that reads no memory card.

A frame's text is `SOSIKB:` | checksum, 8 hex digits | `:` number `/` count `:` | Base45 of its part of the bundle.
Invariant: frames may be read in any order, from several photographs, and twice; one that is missing is named by its
number, and what was put together is what was packed. Spec: docs/protocol.md, Bundles.
Decision 50.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import base45

from client_cli.cards import qr
from client_cli.cards.printed import FONT
from client_cli.courier.bundle_file import Blocks
from client_cli.errors import BundleProblem
from client_cli.i18n import N_
from protocol.primitives.kdf import derive
from protocol.sizes import REQUEST_BYTES

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["MAX_ON_SHEET", "draw_sheet", "frames_of", "join_frames", "read_sheets", "write_sheet"]

PREFIX: Final = "SOSIKB:"
FRAME_BYTES: Final = 1024
"""A fifth of a block: a code of 109 modules, which a telephone reads from paper."""
DPI: Final = 300
PAGE: Final = (2480, 3508)  # A4 at 300 dots per inch
ACROSS, DOWN = 4, 5
MAX_ON_SHEET: Final = ACROSS * DOWN * FRAME_BYTES // (2 * REQUEST_BYTES)
"""Exchanges of each kind that fit on one sheet."""
_MODULE_PIXELS: Final = 5  # 0.42 mm
_LABEL_PIXELS: Final = 36
_CHECKSUM_BYTES: Final = 4


def frames_of(blocks: Sequence[bytes]) -> list[str]:
    """The texts of the codes. BundleProblem: more than fits on a sheet."""
    data = b"".join(blocks)
    parts = [data[at : at + FRAME_BYTES] for at in range(0, len(data), FRAME_BYTES)]
    if len(parts) > ACROSS * DOWN:
        raise BundleProblem(
            N_("A sheet holds {count} exchanges; nothing was made; give fewer, or another file than a PNG."),
            count=MAX_ON_SHEET,
        )
    head = PREFIX + _checksum(data)
    return [
        f"{head}:{number}/{len(parts)}:{base45.b45encode(part).decode('ascii')}" for number, part in enumerate(parts, 1)
    ]


def join_frames(texts: Iterable[str]) -> Blocks:
    """The bundle in these frames. BundleProblem: frames of several bundles, not all of them, or not what was packed."""
    found: dict[int, bytes] = {}
    heads: set[tuple[str, int]] = set()
    for text in texts:
        frame = _parse(text)
        if frame is not None:
            checksum, number, count, part = frame
            heads.add((checksum, count))
            found[number] = part
    if not heads:
        raise BundleProblem(N_("No part of a bundle was found in the picture; take it again, straight and sharp."))
    if len(heads) > 1:
        raise BundleProblem(N_("These are parts of several bundles; nothing was done; give those of one bundle."))
    ((checksum, count),) = heads
    missing = [number for number in range(1, count + 1) if number not in found]
    if missing:
        raise BundleProblem(
            N_("These numbers of the sheet are missing: {missing}; nothing was done; add a picture of them."),
            missing=", ".join(map(str, missing)),
        )
    data = b"".join(found[number] for number in range(1, count + 1))
    if _checksum(data) != checksum or len(data) % REQUEST_BYTES:
        raise BundleProblem
    return Blocks(tuple(data[at : at + REQUEST_BYTES] for at in range(0, len(data), REQUEST_BYTES)), cut=False)


def _parse(text: str) -> tuple[str, int, int, bytes] | None:
    """Checksum, number, count and part of a frame; None for any other code."""
    if not text.startswith(PREFIX):
        return None
    try:
        checksum, place, encoded = text.removeprefix(PREFIX).split(":", 2)
        number, _, count = place.partition("/")
        frame = checksum, int(number), int(count), base45.b45decode(encoded)
    except ValueError:
        return None
    return frame if 1 <= frame[1] <= frame[2] <= ACROSS * DOWN and len(frame[3]) <= FRAME_BYTES else None


def _checksum(data: bytes) -> str:
    return derive(b"sosik checksum", data, size=_CHECKSUM_BYTES).hex().upper()


def draw_sheet(blocks: Sequence[bytes]) -> "Image":
    """All frames on one page, black on white, each with its number above it and nothing else."""
    from PIL import Image, ImageDraw, ImageFont

    texts = frames_of(blocks)
    page = Image.new("1", PAGE, 1)
    pen = ImageDraw.Draw(page)
    pen.fontmode = "1"
    font = ImageFont.truetype(str(FONT), _LABEL_PIXELS)
    width, height = PAGE[0] // ACROSS, PAGE[1] // DOWN
    for place, text in enumerate(texts):
        left, top = place % ACROSS * width, place // ACROSS * height
        code = qr.picture(text, _MODULE_PIXELS, qr.LOW)
        page.paste(code, (left + (width - code.width) // 2, top + _LABEL_PIXELS * 2))
        label = f"{place + 1}/{len(texts)}"
        pen.text((left + (width - pen.textlength(label, font=font)) / 2, top + _LABEL_PIXELS), label, font=font, fill=0)
    return page


def write_sheet(blocks: Sequence[bytes], path: Path) -> None:
    """Write the sheet as a new PNG.  NameTaken, NotWritten."""
    qr.save(draw_sheet(blocks), path, "PNG", dpi=(DPI, DPI))


def read_sheets(paths: Sequence[Path]) -> Blocks:
    """The bundle in photographs of a sheet, in any order."""
    return join_frames(text for path in paths for text in qr.read_texts(path))
