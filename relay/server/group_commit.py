"""Group commit: exchanges that arrive while one transaction runs share the next one.

Invariant 3 (acknowledged means durable): an answer exists only after its commit. Nothing lingers: a commit starts as
soon as the one before it has ended, with whatever came meanwhile. The queue is bounded; beyond it, and when the store
fails, an answer is random bytes, which no client takes for an acknowledgement. A group that raises anything else is
halved until the body that does it stands alone: it gets random bytes, and the others their answers.
Spec: docs/protocol.md, Transport.
Decision 112.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from protocol.profile import Profile
from protocol.seams import Clock, Entropy
from protocol.sizes import LINK_ACK_BYTES, REQUEST_BYTES, RESPONSE_BYTES
from relay.core.halving import find_culprits
from relay.core.interface import Relay
from relay.errors import StoreAway, StoreFailed
from relay.events import Event, Events
from relay.server.metrics import Tally, count_failure

# A transaction of 64 exchanges takes some 15 ms: four of them fit into an answer deadline of 250 ms.
MAX_COMMIT_EXCHANGES = 64
# What waits beyond this would miss its deadline several times over.
MAX_WAITING_EXCHANGES = 2048
# Links are relays of the roster, so few; a relay with 63 peers never has more in hand.
MAX_WAITING_LINKS = 128
# A store that refuses this often in a row does not recover by itself; the service manager starts the relay anew.
MAX_FAILURES = 20


@dataclass(slots=True)
class _Waiting:
    body: bytes
    exchanges: int
    answer: "asyncio.Future[bytes]"

    def tell(self, answer: bytes) -> None:
        """Give the answer, unless there is one or nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(answer)


class GroupCommit:
    """The way of every body from the web to the core and of its answer back."""

    def __init__(self, core: Relay, clock: Clock, entropy: Entropy, tally: Tally, events: Events) -> None:
        self._core = core
        self._clock = clock
        self._entropy = entropy
        self._tally = tally
        self._events = events
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._waiting = 0
        self._links = 0
        self._failures = 0
        self.worked = asyncio.Event()
        """Set after each accepted body: the pump may have something to do sooner than it thought."""

    async def exchange(self, body: bytes) -> bytes:
        """The answer to a body of one or eight exchanges, after its commit. Never raises for what a client sent."""
        count = len(body) // REQUEST_BYTES
        if self._waiting + count > MAX_WAITING_EXCHANGES:
            return self._overloaded(_random_answer(count, self._entropy))
        waiting = _Waiting(body, count, asyncio.get_running_loop().create_future())
        self._waiting += count
        self._queue.put_nowait(waiting)
        return await waiting.answer

    async def link(self, body: bytes) -> bytes:
        """The answer to a body of a batch's length, after its commit."""
        if self._links >= MAX_WAITING_LINKS:
            return self._overloaded(self._entropy(LINK_ACK_BYTES))
        self._links += 1
        try:
            ack = await self._core.link(body, self._clock.now())
        except Exception as error:
            self._failed(error)
            return self._entropy(LINK_ACK_BYTES)
        finally:
            self._links -= 1
        self._failures = 0
        self.worked.set()
        return ack

    async def run(self) -> None:
        """Commit groups until cancelled. Raises StoreFailed when the store keeps refusing."""
        while True:
            group = [await self._queue.get()]
            size = group[0].exchanges
            while size < MAX_COMMIT_EXCHANGES and not self._queue.empty():
                group.append(self._queue.get_nowait())
                size += group[-1].exchanges
            await self._serve(group)
            self._waiting -= size
            for waiting in group:
                waiting.tell(_random_answer(waiting.exchanges, self._entropy))
            if self._failures >= MAX_FAILURES:
                raise StoreFailed(
                    "The store refused to commit again and again; what was acknowledged is kept; "
                    "look at the disk and run `sosik-relay doctor`."
                )

    async def _serve(self, group: Sequence[_Waiting]) -> None:
        """Answer what can be answered."""
        try:
            for _, error in await find_culprits(group, self._commit):
                self._poisoned(error)
                # A group of nothing tells a body that is at fault from a store that takes nothing any more.
                await self._commit(())
        except Exception as error:
            self._failed(error)

    async def _commit(self, group: Sequence[_Waiting]) -> None:
        answers = await self._core.exchanges([waiting.body for waiting in group], self._clock.now())
        self._failures = 0
        self._tally.commits += 1
        self.worked.set()
        for waiting, answer in zip(group, answers, strict=True):
            waiting.tell(answer)

    def _poisoned(self, error: Exception) -> None:
        self._tally.bodies_poisoned += 1
        self._events.emit(Event.INTERNAL_ERROR, kind=type(error).__name__)

    def _failed(self, error: Exception) -> None:
        # Nothing was accepted, and an answer of random bytes says just that, in the same size and at the same moment as
        # any other. A database that is away comes back.
        self._failures += not isinstance(error, StoreAway)
        count_failure(error, self._tally, self._events)

    def _overloaded(self, answer: bytes) -> bytes:
        self._events.emit(Event.OVERLOADED)
        self._tally.overloaded += 1
        return answer


def _random_answer(exchanges: int, entropy: Entropy) -> bytes:
    """Random bytes of the size of most answers; that of a metered client is in its box, which was not opened."""
    return entropy(exchanges * RESPONSE_BYTES[Profile.STANDARD])
