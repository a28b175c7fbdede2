"""Tracing a packet back through honest relays: from where it comes out to the slots it may have come from.

What is seen: every exchange of every client (when, whose) and every frame on every link (when, from, to); not what is
in them, and not how many fields of an exchange were discards. The rule (lab table, M5 and M6): holds are exponential,
so all that lies in a pool of n is equally likely to leave next. What came in has probability V / n of being what
leaves, and V shrinks to V (1 - 1 / n) when something else leaves. At the middle n is counted; at the guard, where
discards end, exchanges weigh what an exponential hold leaves of them.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from lab.skeleton.world import Skeleton
from lab.worlds.wire import WIRE_S
from protocol.seams import RelayId

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WINDOW_HOLDS = 14
"""How far back a packet is looked for, in mean holds: two in a row last longer once in 75,000 times."""
LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Link:
    """Frames of the guard to one middle: when each left (link ticks, seconds from the start), and the logarithm of
    what share of the middle's pool has not left since the start, as of then."""

    out_s: Floats
    kept: Floats


@dataclass(slots=True)
class Tracer:
    """What a network observer of one world has. Times are seconds from the start; slots are exchanges in order."""

    hold_s: float
    tick_s: float
    slots_s: Floats
    clients: Ints
    users: int
    _kept: dict[RelayId, Floats] = field(default_factory=dict)
    _links: dict[RelayId, Link] = field(default_factory=dict)
    _weights: Floats = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, world: Skeleton) -> "Tracer":
        """Watch a world that has run."""
        constants = world.constants
        slots_s = np.array([at - world.start for at, _ in world.exchanges])
        clients = np.array([client for _, client in world.exchanges], dtype=np.int64)
        tracer = cls(constants.mean_hold_s, constants.link_tick_ms / 1000, slots_s, clients, len(world.clients))
        came: dict[RelayId, list[float]] = {}
        left: dict[RelayId, list[float]] = {}
        from_guard: dict[RelayId, list[float]] = {}
        for way in world.deposits + world.fetches:
            came.setdefault(way.middle, []).append(way.middle_in)
            left.setdefault(way.middle, []).append(way.middle_out)
            from_guard.setdefault(way.middle, []).append(way.guard_out)
        for way in world.fetches:
            came[way.middle].append(way.reply_out + WIRE_S)
            left[way.middle].append(way.back_out)
            for ends, at in ((came, way.store_in), (left, way.reply_out)):
                ends.setdefault(way.store, []).append(at)
        ticks = int((slots_s[-1] + 60 * tracer.hold_s) / tracer.tick_s) if len(slots_s) else 0
        decay = np.exp(-tracer.tick_s / tracer.hold_s)
        heard = np.bincount(tracer._tick(slots_s + WIRE_S), minlength=ticks + 2)[: ticks + 2]
        tracer._weights = np.maximum(lfilter([1.0], [1.0, -decay], heard), LEAST)
        for middle, outs in from_guard.items():
            inside = tracer._pool(np.array(came[middle]) - world.start, np.array(left[middle]) - world.start, ticks)
            tracer._kept[middle] = inside
            out_s = np.sort(np.array(outs) - world.start)
            out_s = out_s[out_s < ticks * tracer.tick_s]
            tracer._links[middle] = Link(out_s, inside[tracer._tick(out_s)])
        return tracer

    def _tick(self, at_s: Floats) -> Ints:
        return np.floor(at_s / self.tick_s + 1e-6).astype(np.int64)

    def _pool(self, came_s: Floats, left_s: Floats, ticks: int) -> Floats:
        """Return, for each tick, the logarithm of what is left of a packet that was in the pool from the start."""
        came = np.bincount(np.minimum(self._tick(came_s), ticks + 1), minlength=ticks + 2)
        left = np.bincount(np.minimum(self._tick(left_s), ticks + 1), minlength=ticks + 2)
        before = np.cumsum(came) - came - (np.cumsum(left) - left)  # in the pool when this tick's frames leave
        share = np.clip(left / np.maximum(before, 1), 0.0, 1.0 - 1e-9)
        kept: Floats = np.cumsum(np.log1p(-share))
        return kept

    def slots_behind(self, middle: RelayId, left_at_s: float) -> tuple[int, Floats]:
        """Weigh the slots that what left `middle` for its store at `left_at_s` may have come from.

        Returns the number of the first slot looked at and a weight for it and each after it, not normalised.
        """
        link = self._links[middle]
        begin_s = left_at_s - WINDOW_HOLDS * self.hold_s
        low, high = np.searchsorted(link.out_s, [begin_s, left_at_s - WIRE_S])
        out_s = link.out_s[low:high]
        first, last = np.searchsorted(self.slots_s, [begin_s, left_at_s])
        # The tick before the one in which it left is the last that it has survived.
        kept = self._kept[middle][int(self._tick(np.array([left_at_s]))[0]) - 1] - link.kept[low:high]
        at_guard = self._weights[self._tick(out_s)]
        weights = np.exp(kept - (out_s - begin_s) / self.hold_s) / at_guard
        later = np.append(np.cumsum(weights[::-1])[::-1], 0.0)
        slots_s = self.slots_s[first:last]
        behind = later[np.searchsorted(out_s, slots_s + WIRE_S, side="right")]
        return int(first), behind * np.exp((slots_s - begin_s) / self.hold_s)

    def by_client(self, first: int, weights: Floats) -> Floats:
        """Add the weights of slots up by client and normalise them; even if nothing is left."""
        clients = self.clients[first : first + len(weights)]
        found: Floats = np.bincount(clients, weights, minlength=self.users).astype(np.float64)
        total = found.sum()
        return found / total if total > 0 else np.full(self.users, 1 / self.users)
