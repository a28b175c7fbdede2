"""Who an attacker thinks it was: a probability for every client, for every packet looked at.

Decision 85.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.attacks.crowds import CONSTANTS, Watched
from lab.attacks.reading import LONGEST, Reading, chances_by_profile, true_slot
from lab.attacks.tracing import Floats, Ints, Tracer
from lab.skeleton.client import GUARD
from lab.skeleton.world import Way
from protocol.profile import Profile


@dataclass(frozen=True, slots=True)
class Posteriors:
    """`chances`: one row for each packet, one column for each client; `truth`: whose it was."""

    chances: Floats
    truth: Ints

    @property
    def entropy(self) -> Floats:
        """Bits of doubt about each packet."""
        bits: Floats = -(self.chances * np.log2(np.maximum(self.chances, 1e-300))).sum(axis=1)
        return bits

    @property
    def deficit(self) -> float:
        """Mean bits that are missing to log2 of the number of clients."""
        return float(np.log2(self.chances.shape[1]) - self.entropy.mean())

    @property
    def top(self) -> float:
        """Mean probability of the likeliest client."""
        return float(self.chances.max(axis=1).mean())

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether the likeliest client was the one."""
        found: NDArray[np.bool_] = self.chances.argmax(axis=1) == self.truth
        return found

    @property
    def hit_rate(self) -> float:
        """How often the likeliest client is the one."""
        return float(self.right.mean())

    def evenly(self, profiles: Sequence[Profile]) -> "Posteriors":
        """The same for somebody who expects everybody equally often, not each as often as it makes packets: what a
        letter of one person among many others' loops is told by."""
        rate = np.array([1 / CONSTANTS.slot_s(profile) for profile in profiles])
        weights = self.chances / rate
        return Posteriors(weights / weights.sum(axis=1, keepdims=True), self.truth)

    def of(self, profiles: Sequence[Profile], profile: Profile) -> "Posteriors":
        """Those whose maker has one profile."""
        ours = np.array([one is profile for one in profiles])[self.truth]
        return Posteriors(self.chances[ours], self.truth[ours])


def senders(watched: Watched, tracer: Tracer, ways: list[Way]) -> Posteriors:
    """Say for deposits, each known to its storing relay, whose slot they came from."""
    start = watched.world.start
    rows = [tracer.by_client(*tracer.slots_behind(way.middle, way.middle_out - start)) for way in ways]
    return Posteriors(np.array(rows), np.array([way.client for way in ways], dtype=np.int64))


def readers(watched: Watched, tracer: Tracer, reading: Reading, ways: list[Way]) -> Posteriors:
    """Say for fetches that found something whose slot they came from.

    What is learned about how soon clients ask is learned from one half of the fetches and used on the other.
    """
    start, profiles = watched.world.start, list(watched.crowd.profiles)
    truth = np.array([way.client for way in ways], dtype=np.int64)
    slots = [true_slot(tracer, start, way) for way in ways]
    since = np.array(
        [reading.slots_since(hole_of(way), tracer, slot, slot + 1)[0] for way, slot in zip(ways, slots, strict=True)]
    )
    # Whose pigeonholes they may be: everyone's, by how many each leaves.
    rate = np.array([1 / CONSTANTS.slot_s(profile) for profile in profiles])
    kinds = np.array([profile.value for profile in profiles])
    chances = np.zeros((len(ways), len(profiles)))
    for half in (0, 1):
        learned = chances_by_profile(profiles, truth[half::2], since[half::2])
        table = np.zeros((max(kinds) + 1, LONGEST + 1))
        for profile, asked in learned.items():
            table[profile.value] = asked
        for row in range(1 - half, len(ways), 2):
            way = ways[row]
            first, weights = tracer.slots_behind(way.middle, way.middle_out - start)
            last = first + len(weights)
            after = reading.slots_since(hole_of(way), tracer, first, last)
            clients = tracer.clients[first:last]
            asked = np.where(after < 0, 0.0, table[kinds[clients], np.clip(after, 0, LONGEST)])
            chances[row] = tracer.by_client(first, weights * asked * rate[clients])
    return Posteriors(chances, truth)


def hole_of(way: Way) -> bytes:
    """The pigeonhole of a packet that is for one."""
    if way.cell is None:
        raise ValueError("a random take has no pigeonhole")
    return way.cell.hole


def deposits_of(watched: Watched, targets: int) -> list[Way]:
    """Deposits at storing relays other than the guard, as M5 speaks of."""
    return [way for way in watched.looked_at(watched.world.deposits) if way.store != GUARD][:targets]


def fetches_of(watched: Watched, targets: int) -> list[Way]:
    """Fetches of what is listed at storing relays other than the guard, as M6 speaks of."""
    known = {cell.hole for page in watched.world.pages for cell in page.cells}
    found = watched.looked_at(watched.world.fetches)
    return [way for way in found if way.store != GUARD and way.cell is not None and way.cell.hole in known][:targets]
