"""Files made to hurt whoever opens them: pictures that unpack into gigabytes, move, or carry more than pixels."""

import struct
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from client_cli.cards.qr import MAX_IMAGE_PIXELS, read_texts
from client_cli.content.pictures import (
    MAX_SOURCE_PIXELS,
    MAX_WHOLE_PIXELS,
    SIDE,
    PictureProblem,
    PictureUnreadable,
    make_picture,
    open_picture,
)
from client_cli.errors import CardProblem

HOSTILE_S = 60.0
"""Far more than any of these takes; what never ends is seen."""


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, rows: int = 1) -> bytes:
    """A PNG that says this size, with `rows` rows of it and other chunks before them."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    pixels = zlib.compress((b"\0" + bytes((width + 7) // 8)) * rows, 9)
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def gif(width: int, height: int) -> bytes:
    """One pixel on a ground of this size."""
    out = BytesIO()
    Image.new("P", (1, 1)).save(out, "GIF")
    data = out.getvalue()
    return data[:6] + struct.pack("<HH", width, height) + data[10:]


def bmp(width: int, height: int) -> bytes:
    """A bitmap that says this size and holds nothing of it."""
    out = BytesIO()
    Image.new("1", (8, 8)).save(out, "BMP")
    data = out.getvalue()
    return data[:18] + struct.pack("<ii", width, height) + data[26:]


def moving(kind: str) -> bytes:
    """Three frames, each of one colour."""
    out = BytesIO()
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def with_notes(megabytes: int) -> bytes:
    """A JPEG behind so much of what cameras write."""
    out = BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    note = b"\xff\xe1" + struct.pack(">H", 65_535) + b"Exif\0\0".ljust(65_533, b"\x4d")
    return out.getvalue()[:2] + note * (16 * megabytes) + out.getvalue()[2:]


def looping_tiff() -> bytes:
    """A TIFF whose list of pictures comes back to its beginning."""
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "TIFF")
    data = bytearray(out.getvalue())
    at = struct.unpack("<I", data[4:8])[0]
    after = at + 2 + 12 * struct.unpack("<H", data[at : at + 2])[0]
    data[after : after + 4] = struct.pack("<I", at)
    return bytes(data)


WIDE = MAX_WHOLE_PIXELS // 4000 + 1
PACKED_TEXT = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000), 1))
PACKED_PROFILE = chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(80_000_000), 1))
REFUSED: dict[str, Callable[[], bytes]] = {
    "more pixels than are unpacked whole": lambda: png(WIDE, 4000, rows=4000),
    "more pixels than memory": lambda: png(50_000, 50_000),
    "a ground of four gigapixels": lambda: gif(65_535, 65_535),
    "a bitmap of a negative size": lambda: bmp(-5, 30_000),
    "a bitmap without its pixels": lambda: bmp(6000, 6000),
    "text that unpacks": lambda: png(8, 8, PACKED_TEXT, rows=8),
    "cut short": lambda: png(3000, 3000, rows=3000)[:300],
    "nothing": lambda: b"",
    "a program": lambda: b"%!PS-Adobe-3.0\n(x) run\n",
    "a page": lambda: b"%PDF-1.7\n1 0 obj\n",
    "a drawing": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
}
TAKEN: dict[str, Callable[[], bytes]] = {
    "a moving WebP": lambda: moving("WEBP"),
    "a moving GIF": lambda: moving("GIF"),
    "a moving PNG": lambda: moving("PNG"),
    "eight megabytes of notes": lambda: with_notes(8),
    "a looping TIFF": looping_tiff,
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_hostile_picture_of_ours_is_refused_with_one_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(REFUSED[what]())
    begun = time.process_time()
    with pytest.raises(PictureProblem):
        make_picture(path)
    assert time.process_time() - begun < HOSTILE_S


@pytest.mark.parametrize("what", TAKEN)
def test_of_a_strange_picture_of_ours_one_small_still_frame_leaves(tmp_path: Path, what: str) -> None:
    path = tmp_path / "picture"
    path.write_bytes(TAKEN[what]())
    made = make_picture(path)
    assert max(made.width, made.height) <= SIDE
    assert len(made.body) < 2000
    assert made.body[8:16] == b"WEBPVP8 "
    assert b"Exif" not in made.body


def test_a_profile_that_unpacks_into_gigabytes_does_not_travel(tmp_path: Path) -> None:
    """Refused or taken without it, as the decoder likes; the limit is its own."""
    path = tmp_path / "picture"
    path.write_bytes(png(8, 8, PACKED_PROFILE, rows=8))
    with suppress(PictureProblem):
        assert len(make_picture(path).body) < 2000


@pytest.mark.parametrize("what", [*REFUSED, *TAKEN])
def test_none_of_them_is_opened_when_it_comes_in_a_letter(what: str) -> None:
    """Only the one shape that we send is given to a decoder."""
    body = (REFUSED | TAKEN)[what]()
    with pytest.raises(PictureUnreadable):
        open_picture(body)
    with pytest.raises(PictureUnreadable):
        open_picture(body[:65_536])


@pytest.mark.parametrize("what", ["more pixels than memory", "text that unpacks", "cut short", "nothing", "a program"])
def test_a_hostile_picture_of_a_code_is_refused_with_one_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / "code.png"
    path.write_bytes(REFUSED[what]())
    with pytest.raises(CardProblem):
        read_texts(path)


def test_the_limits_fit_what_people_have() -> None:
    """A4 at 600 dots per inch, and the largest telephone camera."""
    assert 4961 * 7016 < MAX_WHOLE_PIXELS <= MAX_IMAGE_PIXELS
    assert MAX_SOURCE_PIXELS >= 12_000 * 9000
