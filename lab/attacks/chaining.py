"""M9: which of the pigeonholes asked for later is the same reader's?

A storing relay that could chain what one reader asks for would collect linked cells (lab.attacks.linked) by itself. It
compares each fetch that found something with all that come to it later, for twice as long as a reader takes on average
from one to the next: how well the slots behind both agree (M6), and how long one after the other it came, learned from
one half of the fetches and used on the other. It names the best one. Counted is how much more often that is the same
reader's than one taken at random.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec import structs

from lab.attacks.crowds import CONSTANTS, Crowd, watch
from lab.attacks.posteriors import fetches_of, readers
from lab.attacks.reading import Reading
from lab.attacks.tracing import Floats, Ints, Tracer
from lab.report.verdict import Scale, Verdict, at_most
from lab.skeleton.client import GUARD
from protocol.community.constants import Constants
from protocol.profile import Profile
from protocol.seams import RelayId

TIMES_RANDOM = 2.0
STORE = RelayId(GUARD + 1)
GAP_BINS = 24
NO_HOLDS = structs.replace(CONSTANTS, mean_hold_ms=1000)
"""Control: a network that gives packets on at once, within a link tick or two."""


@dataclass(frozen=True, slots=True)
class Chained:
    """How often the one that was named, and one taken at random, was the same reader's."""

    named: float
    random: float

    @property
    def times(self) -> float:
        """How much better than chance."""
        return self.named / self.random


def chain(at_s: Floats, clients: Ints, chances: Floats, horizon_s: float) -> Chained:
    """Name for every fetch one that comes at most `horizon_s` later; `at_s` ascending."""
    prior = np.maximum(chances.mean(axis=0), 1e-12)
    edges = np.linspace(0.0, horizon_s, GAP_BINS + 1)
    last = np.searchsorted(at_s, at_s + horizon_s)
    named: list[float] = []
    random: list[float] = []
    whole = np.flatnonzero((last < len(at_s)) & (last > np.arange(len(at_s)) + 1))
    for half in (0, 1):
        ratio = _gap_ratio(at_s, clients, last, whole[half::2], edges)
        for row in whole[1 - half :: 2]:
            later = np.arange(row + 1, last[row])
            agree = chances[later] @ (chances[row] / prior)
            gaps = np.clip(np.searchsorted(edges, at_s[later] - at_s[row], side="right") - 1, 0, GAP_BINS - 1)
            same = clients[later] == clients[row]
            named.append(float(same[np.argmax(agree * ratio[gaps])]))
            random.append(float(same.mean()))
    return Chained(float(np.mean(named)), float(np.mean(random)))


def _gap_ratio(at_s: Floats, clients: Ints, last: Ints, rows: Ints, edges: Floats) -> Floats:
    """How much likelier each gap is between two of one reader than between any two."""
    same, every = np.ones(GAP_BINS), np.ones(GAP_BINS)
    for row in rows:
        later = np.arange(row + 1, last[row])
        gaps = at_s[later] - at_s[row]
        every += np.histogram(gaps, edges)[0]
        same += np.histogram(gaps[clients[later] == clients[row]], edges)[0]
    ratio: Floats = (same / same.sum()) / (every / every.sum())
    return ratio


def attack(crowd: Crowd, targets: int, seed: int, constants: Constants = CONSTANTS) -> Chained:
    """Chain what one storing relay is asked for."""
    watched = watch(crowd, 2 * targets, seed, constants)
    tracer = Tracer.of(watched.world)
    ways = [way for way in fetches_of(watched, 10 * targets) if way.store == STORE]
    ways = sorted(ways, key=lambda way: way.store_in)[:targets]
    found = readers(watched, tracer, Reading.of(watched.world, tracer), ways)
    at_s = np.array([way.store_in for way in ways]) - watched.world.start
    horizon_s = 2 * crowd.users * float(at_s[-1] - at_s[0]) / len(at_s)
    return chain(at_s, found.truth, found.chances, horizon_s)


def measure(scale: Scale, _scratch: Path) -> list[Verdict]:
    """Chain in crowds of every profile, and in a network without holds."""
    targets = 2000 if scale is Scale.QUICK else 12_000
    crowds = [Crowd(20, profile) for profile in Profile]
    if scale is Scale.FULL:
        crowds += [Crowd(100, profile) for profile in Profile]
    verdicts = [
        at_most("M9", f"{crowd.name}: times chance", attack(crowd, targets, 900 + number).times, TIMES_RANDOM)
        for number, crowd in enumerate(crowds)
    ]
    control = attack(crowds[1], targets, 950, NO_HOLDS)
    name = f"{crowds[1].name}: times chance, holds of a second"
    return [*verdicts, at_most("M9", name, control.times, TIMES_RANDOM, control=True)]
