"""The pool of a relay that several processes serve: the store holds it, and each process takes what is due from it.

Taking is by whoever comes first, not by who accepted a packet: else an observer who sees which process sends would know
which process's clients to look among. Invariant: memory holds only what the store names us as the holder of.
Spec: docs/protocol.md, Relay.
Decision 70.
"""

from collections.abc import Iterable
from typing import Final

from protocol.primitives.waits import NO_WAIT, Wait
from protocol.routes.frames import FrameKind
from protocol.sizes import MAX_BATCH_FRAMES
from relay.core.links.sending import Peers
from relay.core.mix.pool import MixPool, next_tick_ms
from relay.core.routing import Router
from relay.core.state import RelayState, Work
from relay.store.interface import PoolEntry

# Counts of the whole pool, and packets of processes that are gone: often enough for caps, and against a mean hold.
LOOK_MS: Final = 5000
# Packets for ourselves that one transaction peels; the rest follows at once.
OWN_LIMIT: Final = 256


class SharedPool(MixPool):
    """What this process has taken; what it adds waits in the store until some process takes it."""

    def __init__(self, held: Iterable[PoolEntry] = ()) -> None:
        self._travelling = 0
        super().__init__()
        self.hold(held)

    def add(self, entry: PoolEntry) -> None:
        """Count (due_ms, id, next relay, frame kind), which waits in the store."""
        self._travelling += entry[3] != FrameKind.PIECE

    def hold(self, entries: Iterable[PoolEntry]) -> None:
        """Put in what the store has given us."""
        for entry in entries:
            super().add(entry)

    def note(self, travelling: int) -> None:
        """The store counted this many packets and replies in the whole pool."""
        self._travelling = travelling

    @property
    def travelling(self) -> int:
        """Packets and replies in the whole pool, by the last count and what was added here since."""
        return self._travelling


class Sharing:
    """One process's part in a shared pool. Does nothing on a store that only one process can use."""

    def __init__(self, state: RelayState, peers: Peers, router: Router) -> None:
        self._state = state
        self._peers = peers
        self._router = router
        self._look = NO_WAIT  # milliseconds, both
        self._next: Wait | None = None

    @property
    def is_shared(self) -> bool:
        """Whether several processes can use the store."""
        return self._next is not None

    def next_due_ms(self, now_ms: int) -> float | None:
        """When to take again, Unix milliseconds as seen at `now_ms`; None on a store of one process."""
        return None if self._next is None else self._next.end(now_ms)

    async def load(self, work: Work) -> None:
        """Read what we hold; what is under way is held already and not to be sent anew."""
        state = self._state
        gone = set(state.forwarded)
        claims = work.tx.claims
        if claims is None:
            state.pool = MixPool([entry for entry in await work.tx.pool() if entry[1] not in gone])
        else:
            state.pool = SharedPool([entry for entry in await claims.held() if entry[1] not in gone])
            self._look = self._next = NO_WAIT
        state.pool.withhold(self._peers.under_way())

    async def claim(self, work: Work) -> None:
        """Take what is due for us, and for every peer that something can leave for now."""
        claims, pool = work.tx.claims, self._state.pool
        if claims is None or not isinstance(pool, SharedPool):
            return
        if self._look.is_over(work.now_ms):
            self._look = Wait(work.now_ms, LOOK_MS)
            await claims.free()
            waiting = await claims.waiting()
            pool.note(waiting.travelling)
            self._state.fair.processes = waiting.processes
            await self._router.load(work)
        own = await claims.claim(self._state.number, work.now_ms, OWN_LIMIT)
        pool.hold(own)
        for peer in self._state.peers:
            frames = self._peers.room(peer, work.now_ms)
            if frames:
                pieces = await claims.claim_pieces(peer, work.now_ms, min(frames, MAX_BATCH_FRAMES))
                pool.hold(pieces)
                pool.hold(await claims.claim(peer, work.now_ms, frames - len(pieces)))
        # Whatever any process adds is due at a tick.
        tick_ms = self._state.constants.link_tick_ms
        until_ms = work.now_ms if len(own) == OWN_LIMIT else next_tick_ms(work.now_ms, tick_ms)
        self._next = Wait(work.now_ms, until_ms - work.now_ms)
