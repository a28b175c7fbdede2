"""Discrete events on an injected clock.

Invariant: the order of events at one instant depends on who they belong to and on how many events that actor had
before, never on what else is in the queue, so that an event more in one world (somebody writes a letter) reorders
nothing in it.
"""

import heapq
from collections import Counter
from collections.abc import Awaitable, Callable

Action = Callable[[float], Awaitable[None]]


class SimulatedClock:
    """The one clock of a simulated world; float Unix seconds."""

    def __init__(self, start: float) -> None:
        self._now = start

    def now(self) -> float:
        """Return the present instant of the simulation."""
        return self._now

    def advance(self, to: float) -> None:
        """Move to a later instant (the same one is allowed)."""
        if to < self._now:
            raise ValueError("simulated time only moves forward")
        self._now = to


class Engine:
    """A queue of (time, actor, count) -> action, run in that order."""

    def __init__(self, start: float) -> None:
        self.clock = SimulatedClock(start)
        self._queue: list[tuple[float, str, int, Action]] = []
        self._counts: Counter[str] = Counter()

    def at(self, when: float, actor: str, action: Action) -> None:
        """Run `action(when)` at `when` (or now, if that is past)."""
        self._counts[actor] += 1
        heapq.heappush(self._queue, (max(when, self.clock.now()), actor, self._counts[actor], action))

    async def run(self, until: float) -> None:
        """Run every event before `until`, then stand at `until`."""
        while self._queue and self._queue[0][0] < until:
            when, _, _, action = heapq.heappop(self._queue)
            self.clock.advance(when)
            await action(when)
        self.clock.advance(until)
