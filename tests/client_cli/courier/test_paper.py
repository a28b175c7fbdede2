"""A bundle on paper reads back from photographs, whole or not at all."""

import random
from pathlib import Path

import pytest

from client_cli.cards import qr
from client_cli.courier import paper
from client_cli.courier.bundle_file import (
    Blocks,
)
from client_cli.errors import BundleProblem
from protocol.sizes import REQUEST_BYTES


def blocks_of(count: int, seed: int = 1) -> tuple[bytes, ...]:
    chance = random.Random(seed)
    return tuple(chance.randbytes(REQUEST_BYTES) for _ in range(count))


def test_a_sheet_of_frames_reads_back_from_its_picture(tmp_path: Path) -> None:
    blocks = blocks_of(2 * paper.MAX_ON_SHEET)
    paper.write_sheet(blocks, tmp_path / "sheet.png")
    assert paper.read_sheets([tmp_path / "sheet.png"]) == Blocks(blocks, cut=False)


def test_a_sheet_reads_back_from_photographs_of_its_halves(tmp_path: Path) -> None:
    blocks = blocks_of(2)
    page = paper.draw_sheet(blocks)
    middle = 2 * page.height // paper.DOWN
    for name, box in (("a", (0, 0, page.width, middle)), ("b", (0, middle, page.width, page.height))):
        grey = page.crop(box).convert("L").rotate(2, expand=True, fillcolor=255)
        qr.save(grey, tmp_path / f"{name}.jpg", "JPEG")
    assert paper.read_sheets([tmp_path / "b.jpg", tmp_path / "a.jpg"]).blocks == blocks
    with pytest.raises(BundleProblem, match=r"missing: 9, 10"):
        paper.read_sheets([tmp_path / "a.jpg"])


def test_frames_of_two_bundles_and_altered_ones_are_refused() -> None:
    one, other = paper.frames_of(blocks_of(2)), paper.frames_of(blocks_of(2, seed=2))
    assert paper.join_frames([*reversed(one), *one, "SOSIK1:other code", "SOSIKB:x"]).blocks == blocks_of(2)
    forged = other[0].replace(other[0][7:15], one[0][7:15], 1)
    for texts in ([*one, other[0]], [forged, *one[1:]], [], one[:-1]):
        with pytest.raises(BundleProblem):
            paper.join_frames(texts)


def test_more_than_a_sheet_holds_is_refused() -> None:
    with pytest.raises(BundleProblem):
        paper.frames_of(blocks_of(2 * paper.MAX_ON_SHEET + 2))
