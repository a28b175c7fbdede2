"""Codes are decoded again from every form in which they are shown."""

import os
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from client_cli.cards import qr
from client_cli.content.new_files import NameTaken, NotWritten
from client_cli.errors import CardProblem

TEXT = "SOSIK1:" + "0123456789ABCDEFGHIJ $%*+-./:" * 8 + "."


def from_terminal(rows: list[str], scale: int = 4) -> str:
    """Draw what a terminal would show for the rows and decode it."""
    pixels: list[list[int]] = []
    for row in rows:
        upper, lower, ink, ground = [], [], 0, 0
        for code, block in re.findall(r"\x1b\[([0-9;]*)m|(▀)", row):
            if block:
                upper.append(ink)
                lower.append(ground)
            elif code.startswith("38;5;"):
                ink = {"16": 0, "231": 255}[code[5:]]
            elif code.startswith("48;5;"):
                ground = {"16": 0, "231": 255}[code[5:]]
        pixels += [upper, lower]
    image = Image.new("L", (len(pixels[0]), len(pixels)))
    image.putdata([value for line in pixels for value in line])
    (found,) = zxingcpp.read_barcodes(
        image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    )
    return str(found.text)


def test_png_is_decoded_again(tmp_path: Path) -> None:
    qr.write_png(TEXT, tmp_path / "card.png")
    assert qr.read_image(tmp_path / "card.png") == TEXT


def test_png_is_its_owners_alone_and_without_metadata(tmp_path: Path) -> None:
    path = tmp_path / "card.png"
    qr.write_png(TEXT, path)
    assert path.stat().st_mode & 0o777 == 0o600
    with Image.open(path) as image:
        image.load()
        assert image.mode == "1"
        assert not image.info


@pytest.mark.parametrize(
    ("given", "written"), [("card", "card.png"), ("card.png", "card.png"), ("CARD.PNG", "CARD.PNG"), ("a.b", "a.b.png")]
)
def test_a_picture_is_written_under_a_name_that_says_so(given: str, written: str, tmp_path: Path) -> None:
    assert qr.write_png(TEXT, tmp_path / given) == tmp_path / written
    assert [path.name for path in tmp_path.iterdir()] == [written]


def test_a_place_without_a_name_is_refused() -> None:
    with pytest.raises(NotWritten):
        qr.write_png(TEXT, Path())


def test_a_picture_is_never_written_over_a_file_or_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to(tmp_path / "elsewhere.png")
    (tmp_path / "there.png").write_text("mine")
    for name in ("link", "there"):
        with pytest.raises(NameTaken):
            qr.free_png(tmp_path / name)
        with pytest.raises(NameTaken):
            qr.write_png(TEXT, tmp_path / name)
    assert (tmp_path / "there.png").read_text() == "mine"


def test_terminal_code_is_decoded_again() -> None:
    modules = qr.matrix(TEXT, qr.LOW)
    assert from_terminal(qr.terminal_rows(modules)) == TEXT


def test_terminal_code_is_black_on_white_with_a_quiet_zone() -> None:
    modules = qr.matrix(TEXT, qr.LOW)
    quiet = qr.QUIET_MODULES
    assert not any(any(row) for row in [*modules[:quiet], *modules[-quiet:]])
    assert not any(any(row[:quiet]) or any(row[-quiet:]) for row in modules)
    wide, high = qr.terminal_size(modules)
    rows = qr.terminal_rows(modules)
    assert len(rows) == high
    assert all(row.count("▀") == wide and row.endswith("\x1b[0m") for row in rows)


def test_photographs_turned_small_and_blurred_are_decoded(tmp_path: Path) -> None:
    photo = qr.picture(TEXT).convert("L").rotate(17, expand=True, fillcolor=255)
    photo = photo.resize((photo.width * 2 // 3, photo.height * 2 // 3)).filter(ImageFilter.GaussianBlur(0.8))
    photo.save(tmp_path / "photo.jpg", quality=60)
    assert qr.read_image(tmp_path / "photo.jpg") == TEXT


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(50), b"GIF89a" + bytes(50)])
def test_what_is_no_picture_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(CardProblem):
        qr.read_image(tmp_path / "x.png")


def test_a_cut_picture_is_refused(tmp_path: Path) -> None:
    qr.write_png(TEXT, tmp_path / "card.png")
    whole = (tmp_path / "card.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CardProblem):
        qr.read_image(tmp_path / "cut.png")


def test_a_missing_picture_an_empty_one_and_another_code_are_told_apart(tmp_path: Path) -> None:
    Image.new("L", (100, 100), 255).save(tmp_path / "empty.png")
    qr.write_png("https://example.org", tmp_path / "other.png")
    said = set()
    for name in ("missing.png", "empty.png", "other.png"):
        with pytest.raises(CardProblem) as refused:
            qr.read_image(tmp_path / name)
        said.add(str(refused.value))
    assert len(said) == 3


def test_two_cards_in_one_picture_are_refused(tmp_path: Path) -> None:
    one, two = qr.picture(TEXT), qr.picture(TEXT + "X")
    both = Image.new("1", (one.width + two.width, max(one.height, two.height)), 1)
    both.paste(one, (0, 0))
    both.paste(two, (one.width, 0))
    both.save(tmp_path / "both.png")
    with pytest.raises(CardProblem, match="several"):
        qr.read_image(tmp_path / "both.png")


def test_a_text_too_long_for_a_code_is_refused() -> None:
    with pytest.raises(CardProblem):
        qr.matrix("A" * 5000)


@pytest.mark.timeout(10)
def test_a_pipe_is_no_picture_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "card.png")
    with pytest.raises(CardProblem, match="not a PNG or JPEG picture"):
        qr.read_image(tmp_path / "card.png")
