"""Relays that treat letters otherwise than cover, or hits otherwise than misses.

No relay can tell a letter from a loop; where a mistake needs to, the mutant is told by the clients what they sealed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import client_cli.post.slots
import relay.core.board.publisher
from client_cli.randomness import Randomness
from client_cli.streams.deposit import Deposit
from client_cli.vault.transaction import Tx
from lab.mutants.wrapping import wrapped
from protocol.primitives.sealed_box import box_tag
from protocol.routes.onion import Fetch, Route
from protocol.seams import Entropy, RelayId
from protocol.streams.pigeonhole import Hole, Take, hole_of
from relay.core.routing import OpenedPacket, Router
from relay.core.state import Work

slots: Any = client_cli.post.slots
publisher: Any = relay.core.board.publisher
LETTERS_PER_PAGE = 1
LATE_S = 2.0


@contextmanager
def no_reply_on_a_miss() -> Iterator[None]:
    """A fetch that finds nothing is not answered."""
    real = Router._answer

    async def answer(self: Router, work: Work, packets: Sequence[OpenedPacket]) -> None:
        hits, _ = await hits_and_misses(work, packets)
        await real(self, work, hits)

    with wrapped(Router, _answer=answer):
        yield


@contextmanager
def hit_slower_than_miss() -> Iterator[None]:
    """Reading the cell takes a while, and the reply leaves when it was read."""
    real = Router._answer

    async def answer(self: Router, work: Work, packets: Sequence[OpenedPacket]) -> None:
        hits, misses = await hits_and_misses(work, packets)
        await real(self, work, misses)
        await real(self, replace(work, now=work.now + LATE_S), hits)

    with wrapped(Router, _answer=answer):
        yield


@contextmanager
def page_sized_by_content() -> Iterator[None]:
    """A page lists the pigeonholes of letters alone."""
    real = publisher.encode_page
    letters: set[bytes] = set()

    def encode(holes: Sequence[Hole], number: RelayId, interval: int) -> bytes:
        body: bytes = real([hole for hole in holes if bytes(hole) in letters], number, interval)
        return body

    with told_of_letters(letters, set()), wrapped(publisher, encode_page=encode):
        yield


@contextmanager
def quota_refuses_letters_only() -> Iterator[None]:
    """A guard takes one letter in a page interval and drops the others; loops pass."""
    real = Router.accept
    boxes: set[bytes] = set()
    done: dict[tuple[int, int], int] = {}

    async def accept(self: Router, work: Work, packets: Sequence[OpenedPacket], interval: int) -> None:
        passed = []
        for packet in packets:
            if packet.tag.tag in boxes:
                count = done[id(self), interval] = done.get((id(self), interval), 0) + 1
                if count > LETTERS_PER_PAGE:
                    continue
            passed.append(packet)
        await real(self, work, passed, interval)

    with told_of_letters(set(), boxes), wrapped(Router, accept=accept):
        yield


@contextmanager
def told_of_letters(holes: set[bytes], boxes: set[bytes]) -> Iterator[None]:
    """Collect the pigeonholes of what people write, and the tags of the packets that carry it."""
    real_content, real_seal = slots.next_content, slots.seal_deposit

    def content(tx: Tx, store: RelayId, now: float, randomness: Randomness) -> Deposit | None:
        found: Deposit | None = real_content(tx, store, now, randomness)
        if found is not None:
            holes.add(bytes(found.hole))
        return found

    def seal(route: Route, keys: Mapping[RelayId, bytes], hole: bytes, cell: bytes, entropy: Entropy) -> bytes:
        sealed: bytes = real_seal(route, keys, hole, cell, entropy)
        if bytes(hole) in holes:
            boxes.add(box_tag(sealed))
        return sealed

    with wrapped(slots, next_content=content, seal_deposit=seal):
        yield


async def hits_and_misses(work: Work, packets: Sequence[OpenedPacket]) -> tuple[list[OpenedPacket], list[OpenedPacket]]:
    """Return the fetches whose pigeonhole holds a cell, and all other packets."""
    holes = {id(p): bytes(hole_of(Take(p.layer.take))) for p in packets if isinstance(p.layer, Fetch)}
    cells = await work.tx.cells(list(holes.values()))
    hits = [packet for packet in packets if holes.get(id(packet)) in cells]
    return hits, [packet for packet in packets if holes.get(id(packet)) not in cells]
