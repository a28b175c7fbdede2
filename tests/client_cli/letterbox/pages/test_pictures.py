"""Pictures on a page: only pixels come out, and what does not open is no picture."""

from pathlib import Path

import pytest
from PIL import Image

from client_cli.content.pictures import make_picture
from client_cli.letterbox.pages.pictures import pixels_of


@pytest.fixture
def body(tmp_path: Path) -> bytes:
    """Red above blue, 100 wide and 60 high."""
    image = Image.new("RGB", (100, 60), (255, 0, 0))
    image.paste((0, 0, 255), (0, 30, 100, 60))
    image.save(tmp_path / "flag.png")
    return make_picture(tmp_path / "flag.png").body


@pytest.mark.parametrize(("columns", "wide"), [(20, 20), (1, 1), (0, 1), (500, 100)])
def test_a_picture_is_as_wide_as_asked_and_never_larger_than_it_is(body: bytes, columns: int, wide: int) -> None:
    drawn = pixels_of(body, columns)
    assert drawn is not None
    assert {len(row) for row in drawn} == {wide}
    assert len(drawn) == max(1, round(60 * wide / 100 / 2))


def test_what_is_above_stays_above(body: bytes) -> None:
    drawn = pixels_of(body, 20)
    assert drawn is not None
    red, blue = drawn[0][10][0], drawn[-1][10][1]
    assert red[0] > 200 > 60 > red[2]
    assert blue[2] > 200 > 60 > blue[0]


@pytest.mark.parametrize("body", [None, b"", b"RIFF", b"\x89PNG no"])
def test_what_does_not_open_is_no_picture(body: bytes | None) -> None:
    assert pixels_of(body, 20) is None
