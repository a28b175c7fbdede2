"""When a reader asks: how many slots after it could first know that a pigeonhole is filled.

A page is public, so whoever stores a pigeonhole knows from which exchange on each client knew of it, and in which of
its slots the fetch may have been. How soon clients ask follows from their code; it is learned from fetches whose makers
are known (an attacker would learn it from clients of its own).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.attacks.tracing import Floats, Ints, Tracer
from lab.skeleton.world import Skeleton, Way
from lab.worlds.wire import WIRE_S
from protocol.profile import Profile

LONGEST = 80
"""Slots after which all further ones count as equally likely."""
BLOCK = 4
"""Beyond the first LONGEST / 4 slots counts are averaged over blocks, so that few examples are enough."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Slots of each client before each page was readable, and of each exchange among its client's."""

    before: NDArray[np.int32]
    rank: Ints
    page_of: dict[bytes, int]
    """Hole -> row."""

    @classmethod
    def of(cls, world: Skeleton, tracer: Tracer) -> "Reading":
        """Count for a world that has run."""
        users = len(world.clients)
        rank = np.zeros(len(tracer.clients), dtype=np.int64)
        for client in range(users):
            mine = np.flatnonzero(tracer.clients == client)
            rank[mine] = np.arange(len(mine))
        order = sorted(range(len(world.pages)), key=lambda number: world.pages[number].at)
        before = np.zeros((len(order), users), dtype=np.int32)
        page_of: dict[bytes, int] = {}
        done, counts = 0, np.zeros(users, dtype=np.int64)
        for row, number in enumerate(order):
            page = world.pages[number]
            until = int(np.searchsorted(tracer.slots_s, page.at - world.start - WIRE_S))
            counts = counts + np.bincount(tracer.clients[done:until], minlength=users)
            done = until
            before[row] = counts
            for cell in page.cells:
                page_of[cell.hole] = row
        return cls(before, rank, page_of)

    def slots_since(self, hole: bytes, tracer: Tracer, first: int, last: int) -> Ints:
        """For each exchange from `first` to `last`: how many of its client's came before it since the hole's page was
        readable; negative before that."""
        clients = tracer.clients[first:last]
        since: Ints = self.rank[first:last] - self.before[self.page_of[hole]][clients]
        return since


def asked_after(since: Ints) -> Floats:
    """Return the chance of each number of slots 0..LONGEST, from examples; 0 for what cannot be."""
    counts = np.bincount(np.clip(since, 0, LONGEST), minlength=LONGEST + 1).astype(np.float64)
    smooth = counts.copy()
    for begin in range(LONGEST // 4, LONGEST, BLOCK):
        smooth[begin : begin + BLOCK] = counts[begin : begin + BLOCK].mean()
    smooth += 0.05 * (np.arange(LONGEST + 1) >= np.flatnonzero(counts)[0])
    chance: Floats = smooth / smooth.sum()
    chance[LONGEST] /= LONGEST  # what is later than all is spread thinly
    return chance


def true_slot(tracer: Tracer, start: float, way: Way) -> int:
    """Return the number of the exchange that made a packet."""
    return int(np.searchsorted(tracer.slots_s, way.at - start - 1e-9))


def chances_by_profile(profiles: list[Profile], clients: Ints, since: Ints) -> dict[Profile, Floats]:
    """Learn `asked_after` for each profile from examples (client, slots since)."""
    kinds = np.array([profiles[client].value for client in clients])
    return {profile: asked_after(since[kinds == profile.value]) for profile in set(profiles)}
