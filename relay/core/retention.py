"""What is erased when its time is over.

Invariant: times to live are fixed; reading deletes nothing early and nothing is kept for whoever is away. Erasing runs
once in a quarter of a day; a clock that was set back erases nothing more, and goes on with its own next quarter.
Spec: docs/protocol.md, Relay.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Final

from protocol.primitives.days import DAY_S, day_of
from protocol.routes.frames import FrameKind
from relay.core.board.publisher import Publisher
from relay.core.state import QUARTER_S, RelayState, Work
from relay.events import Event

# One transaction erases this many rows: exchanges wait for it at most some tens of milliseconds.
CHUNK_ROWS: Final = 2000
# A way back is kept at most a day: the present quarter and the three before it.
RETURN_QUARTERS: Final = 3
# A day key opens a packet for three days; past two, what could not be handed on would not be opened any more.
PACKET_DAYS: Final = 2
REPLY_DAYS: Final = 1
# A process that lives sends something every page interval; days of slack for one that is cut off.
LINK_DAYS: Final = 7

Begin = Callable[[float], AbstractAsyncContextManager[Work]]
"""Begins a transaction that runs alone."""


class Retention:
    """Erases expired rows in short transactions."""

    def __init__(self, state: RelayState, publisher: Publisher) -> None:
        self._state = state
        self._publisher = publisher
        self._done = -1

    async def load(self, work: Work) -> None:
        """Read when it last ran."""
        self._done = (await work.tx.state()).get("expired_quarter", -1)

    def next_due(self, now: float) -> float:
        """Unix seconds at which it next runs."""
        return float((min(self._done, int(now // QUARTER_S)) + 1) * QUARTER_S) if self._done >= 0 else now

    async def run(self, begin: Begin, now: float) -> bool:
        """Erase what has expired; whether it ran (the caller then empties the store's journal)."""
        quarter = int(now // QUARTER_S)
        self._done = min(self._done, quarter)
        if quarter == self._done:
            return False
        constants = self._state.constants
        today = day_of(now)
        kept_since = day_of(now - constants.retention_s)
        unused_since = day_of(now - max(constants.retention_s, constants.letter_days * DAY_S))
        first_interval = constants.interval_of(now - constants.retention_s)
        rows = 0
        # Another process of this relay may do the same; what one has erased the other does not find.
        for chunk in (
            lambda work: work.tx.expire_cells(kept_since, CHUNK_ROWS),
            lambda work: work.tx.expire_replies(kept_since, CHUNK_ROWS),
            lambda work: work.tx.expire_returns(quarter - RETURN_QUARTERS, CHUNK_ROWS),
            lambda work: work.tx.expire_shelves(unused_since, CHUNK_ROWS),
        ):
            rows += await self._in_chunks(begin, now, chunk)
        async with begin(now) as work:
            if quarter == self._done:
                return False
            rows += await work.tx.expire_tickets(today, kept_since)
            rows += await work.tx.expire_board(first_interval, kept_since)
            rows += await work.tx.expire_links(today - LINK_DAYS)
            self._publisher.board.forget(first_interval)
            stale = await self._stale_packets(work)
            work.tx.erase_packets(stale)
            self._state.pool.drop(stale)
            rows += len(stale)
            work.tx.set_state({"expired_quarter": quarter})
        self._done = quarter
        if rows:
            self._state.events.emit(Event.EXPIRED, kind="rows", rows=1 << rows.bit_length())
        return True

    async def _in_chunks(self, begin: Begin, now: float, chunk: Callable[[Work], Awaitable[int]]) -> int:
        total = 0
        erased = CHUNK_ROWS
        while erased >= CHUNK_ROWS:
            async with begin(now) as work:
                erased = await chunk(work)
            total += erased
        return total

    async def _stale_packets(self, work: Work) -> list[int]:
        """Packets for a relay that has been away for so long that they are of no use when it comes back."""
        day_ms = DAY_S * 1000
        found: list[int] = []
        for kind, kept_ms in (
            (FrameKind.PACKET, PACKET_DAYS * day_ms),
            (FrameKind.REPLY, REPLY_DAYS * day_ms),
            (FrameKind.PIECE, self._state.constants.retention_ms),
        ):
            before_ms, claims = work.now_ms - kept_ms, work.tx.claims
            found += self._state.pool.stale(kind, before_ms) if claims is None else await claims.stale(kind, before_ms)
        return found
