"""Pictures: made small and bare before they leave, and opened strictly when they come.

Invariant: a picture that leaves holds nothing but its pixels, turned upright, at most 512 pixels wide and high: no
place, no date, no comment, no preview. Of a picture that came only one shape is ever given to the decoder: a single
lossy WebP frame, whole, of that size or smaller; what is saved of it is made anew from its pixels, so that no other
program meets a stranger's bytes. Spec: docs/protocol.md, Picture letters.
"""

import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from client_cli.content.new_files import write_new
from client_cli.errors import SosikError
from client_cli.i18n import N_
from protocol.letters.letter import FRAGMENT_BYTES, LETTER_HEAD_BYTES, MAX_LETTER_BYTES

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = [
    "MAX_PARTS",
    "PARTS",
    "SIDE",
    "Picture",
    "PictureProblem",
    "PictureUnreadable",
    "Prepared",
    "make_picture",
    "open_picture",
    "save_picture",
]

SIDE: Final = 512
"""Widest and highest picture that is sent or opened, in pixels: a face is well seen, and it fits a few cells."""
PARTS: Final = 5
"""Cells a picture may take unless told otherwise: a photograph of a face needs two to four."""
MAX_PARTS: Final = MAX_LETTER_BYTES // FRAGMENT_BYTES
MAX_SOURCE_BYTES: Final = 60_000_000
MAX_SOURCE_PIXELS: Final = 120_000_000  # the largest telephone cameras, which write JPEG, unpacked at a fraction here
MAX_WHOLE_PIXELS: Final = 40_000_000
"""Largest picture of any other kind: it is unpacked whole, some 8 bytes a pixel, and a small file must not take a
telephone's whole memory. A page scanned at 600 dots per inch has fewer."""
SOURCE_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_QUALITIES: Final = (82, 74, 66, 58, 50, 42, 34)
_SIDES: Final = (512, 448, 384, 320, 256, 192, 128, 64)

_TOO_LARGE: Final = N_("This picture is too large; nothing was written; please make it smaller first.")
_RIFF_HEAD: Final = 12
_CHUNK_HEAD: Final = 8
_FRAME_HEAD: Final = 10
_KEY_FRAME_START: Final = b"\x9d\x01\x2a"


class PictureProblem(SosikError):
    """A file of ours that is no picture we can send, or a place where none can be saved."""

    sentence = N_("This is not a picture sosik can read; nothing was written; try a JPEG or PNG file.")


class PictureUnreadable(SosikError):
    """What came as a picture is none that we open."""

    sentence = N_("This picture cannot be shown; the letter is kept as it came; ask for it to be sent once more.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready to leave: the body of its letter, its size in pixels, and how many cells it takes."""

    body: bytes = field(repr=False)
    width: int
    height: int

    @property
    def parts(self) -> int:
        """Number of cells."""
        return -(-(LETTER_HEAD_BYTES + len(self.body)) // FRAGMENT_BYTES)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was opened: `pixels` are rows of red, green, blue, one byte each."""

    width: int
    height: int
    pixels: bytes = field(repr=False)

    def image(self) -> "Image":
        """As Pillow's image, without anything else."""
        from PIL import Image

        return Image.frombytes("RGB", (self.width, self.height), self.pixels)


@contextmanager
def _strictly(max_pixels: int) -> Iterator[None]:
    """Pillow with a limit, and with its warnings as errors. The limit is a global of Pillow's: put back afterwards."""
    from PIL import Image

    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def make_picture(path: Path, parts: int = PARTS) -> Prepared:
    """Read a picture file of the person's own and make of its pixels one that fits `parts` cells. PictureProblem."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a named pipe would wait for ever, a device never end
            raise PictureProblem(N_("That is not an ordinary file; nothing was written; give a JPEG or PNG file."))
        with path.open("rb") as stream:
            data = stream.read(MAX_SOURCE_BYTES + 1)
    except OSError as error:
        raise PictureProblem(
            N_("That file cannot be read; nothing was written; check the name of the file.")
        ) from error
    if len(data) > MAX_SOURCE_BYTES:
        raise PictureProblem(_TOO_LARGE)
    budget = min(parts * FRAGMENT_BYTES - LETTER_HEAD_BYTES, MAX_LETTER_BYTES)
    try:
        with _strictly(MAX_SOURCE_PIXELS):
            bare = _bare(data)
            made = next((one for one in _tries(bare) if len(one.body) <= budget), None)
    except PictureProblem:
        raise
    except Exception as error:  # decoders raise whatever they like; a file of ours that is broken is no bug of ours
        raise PictureProblem from error
    if made is None:
        raise PictureProblem(N_("This picture does not fit so few parts; nothing was written; allow more parts."))
    open_picture(made.body)  # what we send is what the other side's strict decoder takes
    return made


def _bare(data: bytes) -> "Image":
    """The pixels alone: upright, at most SIDE pixels, on white where they let light through."""
    from PIL import Image, ImageOps

    with Image.open(BytesIO(data), formats=SOURCE_FORMATS) as source:
        if source.format != "JPEG" and source.width * source.height > MAX_WHOLE_PIXELS:
            raise PictureProblem(_TOO_LARGE)
        source.draft("RGB", (2 * SIDE, 2 * SIDE))  # a large JPEG is unpacked at a fraction of its size
        ImageOps.exif_transpose(source, in_place=True)  # without a copy, unless it has to be turned
        upright: Image.Image = source
        if upright.mode == "P":  # colours by number cannot be mixed into smaller pixels
            upright = upright.convert("RGBA")
        upright.thumbnail((SIDE, SIDE))
        if upright.mode != "RGB":
            seen = upright.convert("RGBA")
            ground = Image.new("RGBA", seen.size, "white")
            upright = Image.alpha_composite(ground, seen).convert("RGB")
        return Image.frombytes("RGB", upright.size, upright.tobytes())


def _tries(bare: "Image") -> Iterator[Prepared]:
    """The picture as WebP, the best first: lower quality at full size, then smaller ones."""
    for side in _SIDES:
        small = bare.copy()
        small.thumbnail((side, side))
        for quality in _QUALITIES:
            out = BytesIO()
            small.save(out, "WEBP", quality=quality, method=4, exact=False)
            yield Prepared(out.getvalue(), small.width, small.height)


def open_picture(body: bytes) -> Picture:
    """Open a picture that came. PictureUnreadable for everything but one bare frame of at most SIDE pixels."""
    width, height = _measure(body)
    try:
        with _strictly(SIDE * SIDE):
            from PIL import Image

            with Image.open(BytesIO(body), formats=("WEBP",)) as image:
                if image.size != (width, height) or getattr(image, "n_frames", 1) != 1:
                    raise PictureUnreadable
                image.load()
                return Picture(width, height, image.convert("RGB").tobytes())
    except PictureUnreadable:
        raise
    except Exception as error:  # a decoder on a stranger's bytes: whatever it raises, the letter stays
        raise PictureUnreadable from error


def _measure(body: bytes) -> tuple[int, int]:
    """Width and height out of a file that is `RIFF size WEBP` and one `VP8 ` chunk, and nothing before or after it.

    Checked before any decoder runs: extended files (which may hold animations, profiles, notes on place and time) and
    the lossless kind, whose decoder is another one, never come from us.
    """
    size = len(body)
    if not _RIFF_HEAD + _CHUNK_HEAD + _FRAME_HEAD <= size <= MAX_LETTER_BYTES:
        raise PictureUnreadable
    chunk = int.from_bytes(body[16:20], "little")
    if (
        body[:4] != b"RIFF"
        or body[8:16] != b"WEBPVP8 "
        or int.from_bytes(body[4:8], "little") != size - _CHUNK_HEAD
        or chunk + chunk % 2 != size - _RIFF_HEAD - _CHUNK_HEAD
        or body[20] & 1  # not a key frame
        or body[23:26] != _KEY_FRAME_START
    ):
        raise PictureUnreadable
    width, height = int.from_bytes(body[26:28], "little"), int.from_bytes(body[28:30], "little")
    if not (1 <= width <= SIDE and 1 <= height <= SIDE):  # the two high bits ask for scaling: refused with the size
        raise PictureUnreadable
    return width, height


def save_picture(picture: Picture, path: Path) -> None:
    """Save the pixels in a new file: PNG, or JPEG or WebP if its name ends so.  NameTaken, NotWritten."""
    kinds = {".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    out = BytesIO()
    picture.image().save(out, kinds.get(path.suffix.lower(), "PNG"), quality=90)
    write_new(path, out.getvalue())
