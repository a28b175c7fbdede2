"""The courier's side: files, sheets, and runs against a post box that may not answer."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from client_cli.cards import qr
from client_cli.courier import paper
from client_cli.courier.bundle_file import (
    ANSWER_BYTES,
    Address,
    Blocks,
    answer_file,
    read_address,
    read_answers,
    read_bundle,
    write_address,
    write_bundle,
)
from client_cli.courier.posting import GIVE_UP_AFTER, Courier, Ran
from client_cli.errors import BundleProblem
from client_cli.network.relay_client import RelayUnreachable
from protocol.sizes import REQUEST_BYTES

ADDRESS = Address("https://box.example/path", bytes(32))


def blocks_of(count: int, seed: int = 1) -> tuple[bytes, ...]:
    chance = random.Random(seed)
    return tuple(chance.randbytes(REQUEST_BYTES) for _ in range(count))


class PostBox:
    """Answers every block with bytes that name it; `refuses` decides for which POST (from 1) nothing comes."""

    def __init__(self, refuses: Callable[[int], bool] = lambda _: False) -> None:
        self.posted: list[bytes] = []
        self.refuses = refuses

    async def post(self, url: str, tls_pin: bytes, body: bytes, response_bytes: int) -> bytes:
        assert (url, tls_pin) == (ADDRESS.url, ADDRESS.tls_pin)
        self.posted.append(body)
        if self.refuses(len(self.posted)):
            raise RelayUnreachable("no answer")
        return body[:32] * (response_bytes // 32)


async def carry(
    box: PostBox, out: Path, bundles: list[Blocks], *, send: bool = True, collect: bool = True
) -> tuple[list[Ran], list[float]]:
    waits: list[float] = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    with answer_file(out) as answers:
        courier = Courier(ADDRESS, box, answers, lambda done, count: None, pause)
        return await courier.run(bundles, send=send, collect=collect, wait_s=60.0), waits


async def test_a_run_sends_waits_and_collects_in_two_halves(tmp_path: Path) -> None:
    blocks, box = blocks_of(6), PostBox()
    (ran,), waits = await carry(box, tmp_path / "out", [Blocks(blocks, cut=False)])
    assert box.posted == [*blocks[0::2], *blocks[1::2]]
    assert waits == [60.0]
    assert (sorted(ran.answered), ran.missing) == ([1, 2, 3, 4, 5, 6], [])
    assert len(read_answers(tmp_path / "out").blocks) == 6


async def test_two_trips_make_one_half_each_and_add_to_the_same_answers(tmp_path: Path) -> None:
    bundle, box = Blocks(blocks_of(4), cut=False), PostBox()
    for send in (True, False):
        _, waits = await carry(box, tmp_path / "out", [bundle], send=send, collect=not send)
        assert waits == []
    assert box.posted == [*bundle.blocks[0::2], *bundle.blocks[1::2]]
    assert len(read_answers(tmp_path / "out").blocks) == 4


async def test_a_run_gives_up_after_three_failures_in_a_row_and_names_what_is_missing(tmp_path: Path) -> None:
    box = PostBox(lambda number: number > 2)
    (ran,), waits = await carry(box, tmp_path / "out", [Blocks(blocks_of(16), cut=False)], collect=False)
    assert len(box.posted) == 2 + GIVE_UP_AFTER
    assert (ran.answered, ran.missing) == ([1, 3], [5, 7, 9, 11, 13, 15])
    assert waits == []


async def test_nobody_waits_for_hours_when_nothing_could_be_sent(tmp_path: Path) -> None:
    box = PostBox(lambda _: True)
    (ran,), waits = await carry(box, tmp_path / "out", [Blocks(blocks_of(4), cut=False)])
    assert (ran.missing, waits, len(box.posted)) == ([1, 2, 3, 4], [], 2)


async def test_one_lost_answer_is_not_posted_again_in_the_same_run(tmp_path: Path) -> None:
    box = PostBox(lambda number: number == 2)
    (ran,), _ = await carry(box, tmp_path / "out", [Blocks(blocks_of(8), cut=False)])
    assert (len(box.posted), ran.missing) == (8, [3])


def test_a_bundle_file_is_its_blocks_and_nothing_else(tmp_path: Path) -> None:
    path, blocks = tmp_path / "bundle", blocks_of(4)
    write_bundle(blocks, path)
    assert path.read_bytes() == b"".join(blocks)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BundleProblem):
        write_bundle(blocks, path)
    for cut in range(REQUEST_BYTES, 4 * REQUEST_BYTES, 1777):
        path.write_bytes(b"".join(blocks)[:cut])
        found = read_bundle(path)
        assert found.blocks == blocks[: cut // REQUEST_BYTES]
        assert found.cut == (cut % REQUEST_BYTES != 0)


def test_what_is_no_bundle_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"x" * 100)
    for path in (tmp_path / "short", tmp_path / "missing", tmp_path):
        with pytest.raises(BundleProblem):
            read_bundle(path)


def test_answers_go_on_after_a_run_that_was_cut_off_inside_a_block(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    with answer_file(path) as answers:
        answers.add(b"a" * ANSWER_BYTES)
    with path.open("ab") as stream:
        stream.write(b"half")
    assert read_answers(path).cut
    with answer_file(path) as answers:
        answers.add(b"b" * ANSWER_BYTES)
    assert read_answers(path) == Blocks((b"a" * ANSWER_BYTES, b"b" * ANSWER_BYTES), cut=False)


def test_an_address_file_reads_back_and_anything_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "box.address"
    write_address(ADDRESS, path)
    assert read_address(path) == ADDRESS
    whole = path.read_text("ascii")
    for wrong in ("", whole[:-10], whole.replace("box 1", "box 2"), whole + "more", "\x80", "a b c d e zz"):
        path.write_text(wrong, "latin-1")
        with pytest.raises(BundleProblem):
            read_address(path)


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
