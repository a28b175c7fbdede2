"""What a courier's computer does: post the blocks of a bundle and keep the answers. No vault, no keys.

Invariant: every block is posted as it is, one after the other, each at most once a run and for at most 20 s; when a
post box does not answer several times in a row the run ends and says what is missing, and running again is always
allowed. Spec: docs/protocol.md, Bundles.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from client_cli.courier.bundle_file import ANSWER_BYTES, Address, AnswerFile, Blocks
from client_cli.network.relay_client import RelayUnreachable
from client_cli.post.poster import Poster

__all__ = ["Courier", "Ran"]

GIVE_UP_AFTER: Final = 3
"""Failures in a row after which the post box counts as out of reach: no longer than a minute."""


@dataclass(slots=True)
class Ran:
    """What a run did: places (from 1) of the blocks that were answered, and of those that were not."""

    answered: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)


class Courier:
    """One run. `on_progress(done, all)` after each block; `pause` waits between the two halves."""

    def __init__(
        self,
        address: Address,
        client: Poster,
        answers: AnswerFile,
        on_progress: Callable[[int, int], None],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._address = address
        self._client = client
        self._answers = answers
        self._on_progress = on_progress
        self._pause = pause

    async def run(self, bundles: Sequence[Blocks], *, send: bool, collect: bool, wait_s: float) -> list[Ran]:
        """Post the first half of every bundle, wait, and post the second; or one of them alone. One Ran a bundle."""
        runs = [Ran() for _ in bundles]
        if send:
            await self._half([(run, blocks.to_send) for run, blocks in zip(runs, bundles, strict=True)])
        if send and collect:
            if not any(run.answered for run in runs):
                for run, blocks in zip(runs, bundles, strict=True):
                    run.missing = list(range(1, len(blocks.blocks) + 1))
                return runs
            await self._pause(wait_s)
        if collect:
            await self._half([(run, blocks.to_collect) for run, blocks in zip(runs, bundles, strict=True)])
        for run in runs:
            run.missing.sort()
        return runs

    async def _half(self, work: Sequence[tuple[Ran, Sequence[tuple[int, bytes]]]]) -> None:
        todo = [(run, place, block) for run, blocks in work for place, block in blocks]
        failed = 0
        for done, (run, place, block) in enumerate(todo, 1):
            answer = await self._post(block) if failed < GIVE_UP_AFTER else None
            if answer is None:
                failed += 1
                run.missing.append(place)
            else:
                failed = 0
                self._answers.add(answer)
                run.answered.append(place)
            self._on_progress(done, len(todo))

    async def _post(self, block: bytes) -> bytes | None:
        try:
            return await self._client.post(self._address.url, self._address.tls_pin, block, ANSWER_BYTES)
        except RelayUnreachable:
            return None
