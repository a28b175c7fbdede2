"""A picture in a terminal: colours and half blocks alone, and a colour that is near the one meant."""

import re

import pytest

from client_cli.content.pictures import Picture, open_picture
from client_cli.terminal import half_blocks
from tests.client_cli.content.test_pictures import encoded, two_colours


@pytest.mark.parametrize("full", [True, False])
def test_rows_hold_colours_and_half_blocks_alone(full: bool) -> None:
    rows = half_blocks.rows(open_picture(encoded(two_colours(400, 300))), 60, full=full)
    assert len(rows) in (22, 23)
    colour = r"2;\d+;\d+;\d+" if full else r"5;\d+"
    for row in rows:
        assert re.fullmatch(rf"(\x1b\[48;{colour};38;{colour}m▄+)+\x1b\[0m", row)
        assert row.count("▄") == 60


def test_a_tiny_picture_is_not_blown_up() -> None:
    assert half_blocks.rows(Picture(2, 1, bytes(6)), 60, full=True)[0].count("▄") == 2


@pytest.mark.parametrize(
    ("colour", "number"),
    [((0, 0, 0), 16), ((255, 255, 255), 231), ((255, 0, 0), 196), ((128, 128, 128), 244), ((95, 135, 175), 67)],
)
def test_of_256_colours_the_nearest_is_taken(colour: tuple[int, int, int], number: int) -> None:
    (row,) = half_blocks.rows(Picture(1, 2, bytes(colour) * 2), 1, full=False)
    assert row == f"\x1b[48;5;{number};38;5;{number}m▄\x1b[0m"


@pytest.mark.parametrize(("value", "full"), [("truecolor", True), ("24bit", True), ("", False), ("256", False)])
def test_all_colours_are_drawn_only_where_the_terminal_says_so(value: str, full: bool) -> None:
    assert half_blocks.true_colour({"COLORTERM": value}) is full
    assert not half_blocks.true_colour({})
