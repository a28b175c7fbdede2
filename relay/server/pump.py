"""The pump: does what is due at its time and ships it, each peer on its own; and tidies beside that.

The core decides what leaves and when, on a grid that knows no events; the pump only sleeps until then. A batch's
fate is told to the core; a packet leaves the pool there and nowhere else (design: acknowledged means durable).
"""

import asyncio
from collections.abc import Awaitable, Callable

from protocol.community.roster import RosterRelay
from protocol.seams import Clock
from relay.core.interface import Relay, SealedBatch
from relay.events import Events
from relay.server.metrics import Tally, count_failure

Post = Callable[[RosterRelay, bytes], Awaitable[bytes | None]]

# The wall clock may be set while the pump sleeps, so it looks at it at least this often.
MAX_SLEEP_S = 5.0
# After a failed transaction: long enough not to spin, short against a mean hold.
RETRY_S = 1.0
# After tidying that failed or that somebody's reading kept from its end: short against how long erased rows may stay.
RETIDY_S = 60.0


class Pump:
    """Runs `run_due` when something is due, and `tidy` when there is something to erase."""

    def __init__(
        self, core: Relay, post: Post, clock: Clock, worked: asyncio.Event, tally: Tally, events: Events
    ) -> None:
        """`post` brings a batch to a peer; `worked` is set when the core took something in."""
        self._core = core
        self._post = post
        self._clock = clock
        self._worked = worked
        self._tally = tally
        self._events = events

    async def run(self) -> None:
        """Pump until cancelled; batches in hand are then given up, and their packets stay in the pool."""
        async with asyncio.TaskGroup() as shipping:
            shipping.create_task(self._tidy())
            while True:
                self._worked.clear()
                try:
                    batches = await self._core.run_due(self._clock.now())
                except Exception as error:
                    # The transaction is undone and everything in it is still due.
                    count_failure(error, self._tally, self._events)
                    await asyncio.sleep(RETRY_S)
                    continue
                for batch in batches:
                    shipping.create_task(self._ship(batch))
                await self._sleep()

    async def _tidy(self) -> None:
        """Erase what has expired. Nothing waits for it: a database may take an hour."""
        while True:
            now = self._clock.now()
            wait_s = self._core.next_tidying(now) - now
            if wait_s > 0:
                await asyncio.sleep(min(wait_s, MAX_SLEEP_S))
                continue
            tidied = False
            try:
                tidied = await self._core.tidy(now)
            except Exception as error:
                count_failure(error, self._tally, self._events)
            await asyncio.sleep(0 if tidied else RETIDY_S)

    async def _sleep(self) -> None:
        """Until something is due. What was taken in meanwhile may be due sooner: then look again."""
        while True:
            now = self._clock.now()
            wait_s = self._core.next_due(now) - now
            if wait_s <= 0:
                # The loop must breathe even if the core always had something to do.
                await asyncio.sleep(0)
                return
            try:
                async with asyncio.timeout(min(wait_s, MAX_SLEEP_S)):
                    await self._worked.wait()
                self._worked.clear()
            except TimeoutError:
                continue

    async def _ship(self, batch: SealedBatch) -> None:
        ack: bytes | None = None
        # Asked for each batch: the core may have adopted another roster since.
        peer = self._core.roster.find_relay(batch.peer)
        if peer is not None:
            ack = await self._post(peer, batch.body)
        try:
            await self._core.shipped(batch, ack, self._clock.now())
        except Exception as error:
            # Not deleted, so shipped again; the peer recognises what it had.
            count_failure(error, self._tally, self._events)
        self._worked.set()
