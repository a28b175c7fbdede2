"""The courier's side: files, sheets, and runs against a post box that may not answer."""

import random
from collections.abc import Callable
from pathlib import Path

from client_cli.courier.bundle_file import (
    Address,
    Blocks,
    answer_file,
    read_answers,
)
from client_cli.courier.posting import GIVE_UP_AFTER, Courier, Ran
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
