"""Pictures: nothing but pixels leaves, and nothing but one bare small frame is opened."""

import os
import random
import socket
import stat
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from client_cli.content.new_files import NameTaken, NotWritten
from client_cli.content.pictures import (
    PARTS,
    SIDE,
    PictureProblem,
    PictureUnreadable,
    make_picture,
    open_picture,
    save_picture,
)
from protocol.letters.letter import FRAGMENT_BYTES

MARKS = (b"MARKER-OF-THE-CAMERA", b"37.5665", b"SHOT IN SEOUL")
RED, BLUE = (220, 20, 20), (20, 20, 220)


def two_colours(width: int, height: int) -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (0, height // 2, width, height))
    return image


def marked_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = MARKS[0].decode()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (37.0, 33.0, 59.4)
    return exif


def holds_a_mark(data: bytes) -> bool:
    return any(mark in data for mark in (*MARKS, b"Exif", b"EXIF", b"XMP", b"ICCP", b"http"))


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF"])
def test_notes_place_and_comment_do_not_travel(tmp_path: Path, kind: str) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", MARKS[2].decode())
    more: dict[str, dict[str, Any]] = {
        "JPEG": {"comment": MARKS[2], "exif": marked_exif(), "icc_profile": MARKS[1]},
        "PNG": {"pnginfo": notes, "exif": marked_exif()},
        "WEBP": {"exif": marked_exif(), "xmp": b"http " + MARKS[2]},
        "TIFF": {"description": MARKS[0].decode()},
        "GIF": {"comment": MARKS[2]},
    }
    path = tmp_path / "marked"
    two_colours(900, 600).save(path, kind, **more[kind])
    path.write_bytes(path.read_bytes() + (MARKS[0] if kind == "JPEG" else b""))
    assert holds_a_mark(path.read_bytes())
    body = make_picture(path).body
    assert not holds_a_mark(body)
    with Image.open(BytesIO(body)) as image:
        assert not image.getexif()
        assert not image.info.keys() & {"exif", "xmp", "icc_profile", "comment"}


def test_a_picture_is_turned_upright_and_made_small(tmp_path: Path) -> None:
    two_colours(1600, 1200).save(tmp_path / "x.jpg", exif=marked_exif(orientation=6))  # held on its side
    made = make_picture(tmp_path / "x.jpg")
    assert (made.width, made.height) == (384, SIDE)
    image = open_picture(made.body).image()
    assert near(image.getpixel((370, 256)), RED)  # what was above is at the right now
    assert near(image.getpixel((10, 256)), BLUE)


def test_what_lets_light_through_lies_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (100, 100), (0, 0, 0, 0)).save(tmp_path / "x.png")
    assert near(open_picture(make_picture(tmp_path / "x.png").body).image().getpixel((50, 50)), (255, 255, 255))


@pytest.mark.parametrize("parts", [1, 3, PARTS])
def test_a_picture_fits_the_parts_it_may_take(tmp_path: Path, parts: int) -> None:
    noise = Image.frombytes("RGB", (300, 300), random.Random(1).randbytes(270_000))
    noise.save(tmp_path / "noise.png")
    made = make_picture(tmp_path / "noise.png", parts)
    assert made.parts <= parts
    assert len(made.body) <= parts * FRAGMENT_BYTES


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_file_that_is_no_picture_is_told_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(PictureProblem, match="nothing was written"):
        make_picture(tmp_path / "x")
    with pytest.raises(PictureProblem, match="cannot be read"):
        make_picture(tmp_path / "not there")


def test_a_small_file_that_unpacks_into_gigabytes_is_refused(tmp_path: Path) -> None:
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png")
    with pytest.raises(PictureProblem):
        make_picture(tmp_path / "bomb.png")


def encoded(image: Image.Image, kind: str = "WEBP", **more: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def good() -> bytes:
    return encoded(two_colours(60, 80), quality=60)


STRANGE: dict[str, Callable[[], bytes]] = {
    "another format": lambda: encoded(two_colours(60, 80), "PNG"),
    "a photograph format": lambda: encoded(two_colours(60, 80), "JPEG"),
    "lossless": lambda: encoded(two_colours(60, 80), lossless=True),
    "with notes": lambda: encoded(two_colours(60, 80), exif=marked_exif()),
    "with a second layer": lambda: encoded(Image.new("RGBA", (60, 80), (1, 2, 3, 99))),
    "moving": lambda: encoded(two_colours(9, 9), save_all=True, append_images=[Image.new("RGB", (9, 9))]),
    "too wide": lambda: encoded(two_colours(SIDE + 1, 10)),
    "too high": lambda: encoded(two_colours(10, SIDE + 1)),
    "nothing": lambda: b"",
    "something after it": lambda: good() + b"\0\0",
    "another chunk after it": lambda: good() + b"EXIF" + bytes(4),
    "no frame": lambda: b"RIFF" + (22).to_bytes(4, "little") + b"WEBPVP8 " + (10).to_bytes(4, "little") + bytes(10),
}


@pytest.mark.parametrize("name", STRANGE)
def test_only_one_bare_small_frame_is_opened(name: str) -> None:
    assert open_picture(good()).width == 60
    with pytest.raises(PictureUnreadable, match="the letter is kept"):
        open_picture(STRANGE[name]())


@given(st.binary(max_size=300), st.integers(0, 1200), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_strangers_bytes_cause_nothing_but_the_one_sentence(noise: bytes, at: int, cut: bool) -> None:
    whole = good()
    body = whole[: at % len(whole)] if cut else whole[: at % len(whole)] + noise + whole[at % len(whole) + len(noise) :]
    try:
        picture = open_picture(body)
    except PictureUnreadable:
        return
    assert len(picture.pixels) == 3 * picture.width * picture.height <= 3 * SIDE * SIDE


def test_the_limits_of_the_decoder_are_put_back() -> None:
    before = Image.MAX_IMAGE_PIXELS
    open_picture(good())
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(("name", "kind"), [("x.png", "PNG"), ("x.jpg", "JPEG"), ("x.webp", "WEBP"), ("x", "PNG")])
def test_a_saved_picture_is_new_from_its_pixels_and_ours_alone(tmp_path: Path, name: str, kind: str) -> None:
    save_picture(open_picture(good()), tmp_path / name)
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    with Image.open(tmp_path / name) as image:
        assert (image.format, image.size) == (kind, (60, 80))
    assert good() not in (tmp_path / name).read_bytes()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "socket"])
def test_what_is_no_ordinary_file_is_refused_without_waiting(kind: str, tmp_path: Path) -> None:
    path = Path("/dev/zero") if kind == "device" else tmp_path / kind
    with socket.socket(socket.AF_UNIX) as opened:
        match kind:
            case "pipe":
                os.mkfifo(path)
            case "folder":
                path.mkdir()
            case "socket":
                opened.bind(os.fspath(path))
        (tmp_path / "link").symlink_to(path)
        for named in (path, tmp_path / "link"):
            with pytest.raises(PictureProblem, match="not an ordinary file"):
                make_picture(named)


def test_a_file_that_is_not_there_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(PictureProblem, match="check the name"):
        make_picture(tmp_path / "nothing.jpg")


def test_nothing_is_saved_over_a_file_or_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name, refusal in (("there", NameTaken), ("link", NameTaken), ("no folder/x", NotWritten)):
        with pytest.raises(refusal):
            save_picture(open_picture(good()), tmp_path / name)
    assert (tmp_path / "there").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
