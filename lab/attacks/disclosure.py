"""M10: who writes to whom, from weeks of a relay's own pigeonholes?

    python -m lab.attacks.disclosure DAYS SEEDS [--control]

One storing relay and somebody who watches the network look at every pigeonhole i of the relay: p_i(u), how likely u
left it (M5), and q_i(v), how likely v fetched it (M6). The sum of p_i(u) q_i(v) over weeks, less what it would be if
the two had nothing to do with each other and in units of its scatter, is the evidence that u writes to v. Ten pairs
write three letters a day each way. Counted is how often a true partner has more of it than another person: half the
time, if it says nothing. Control: people who are online for an hour and a half at their own time of the day, fetch what
is listed at once and leave no loops.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from lab.attacks.crowds import CONSTANTS, Crowd, Watched
from lab.attacks.posteriors import hole_of, readers, senders
from lab.attacks.reading import Reading
from lab.attacks.tracing import Floats, Tracer
from lab.report.verdict import Scale, Verdict, at_most
from lab.skeleton.client import GUARD, Habits
from lab.skeleton.world import Kind, Way, make_skeleton
from lab.worlds.scenarios import START
from protocol.primitives.days import DAY_S
from protocol.profile import Profile
from protocol.seams import RelayId

USERS = 20
LETTERS_A_DAY = 3
STORE = RelayId(GUARD + 1)
CROWD = Crowd(USERS, Profile.STANDARD)
BURST_HOURS = 1.5
CONTROL_AT_LEAST = 0.9


def letters_of(days: float, draws: np.random.Generator) -> list[tuple[float, int, int]]:
    """When the members of each pair write to each other."""
    found = []
    for one in range(USERS):
        count = draws.poisson(LETTERS_A_DAY * days)
        found += [(START + float(at), one, one ^ 1) for at in draws.random(count) * days * DAY_S]
    return found


def bursts(draws: np.random.Generator) -> list[Habits]:
    """The habits of the control: a time of the day for each."""
    begins = draws.permutation(USERS) * 24 / USERS
    return [Habits(False, True, (float(begin), float(begin + BURST_HOURS) % 24)) for begin in begins]


def evidence(days: float, seed: int, *, control: bool) -> Floats:
    """Return how much speaks for each (sender, reader), in standard deviations."""
    draws = np.random.default_rng(seed)
    letters = letters_of(days, draws)
    habits = bursts(draws) if control else []
    world = make_skeleton(seed, START, CONSTANTS, CROWD.profiles, letters=letters, habits=habits)
    world.run(START + days * DAY_S)
    watched = Watched(CROWD, world, CROWD.warm_s(), days * DAY_S)
    tracer = Tracer.of(world)
    left = {
        hole_of(way): way
        for way in watched.looked_at(world.deposits)
        if way.store == STORE and way.cell is not None and way.cell.kind != Kind.COVER
    }
    asked: dict[bytes, Way] = {}
    for way in watched.looked_at(world.fetches):
        if way.since >= 0 and hole_of(way) in left:
            asked.setdefault(hole_of(way), way)
    holes = list(asked)
    sent = senders(watched, tracer, [left[hole] for hole in holes]).chances
    read = readers(watched, tracer, Reading.of(world, tracer), [asked[hole] for hole in holes]).chances
    ours, theirs = sent - sent.mean(axis=0), read - read.mean(axis=0)
    found: Floats = (ours.T @ theirs) / np.sqrt(np.maximum((ours**2).T @ (theirs**2), 1e-30))
    return found


def disclosed(found: Floats) -> float:
    """How often the true partner has more evidence than another person (not oneself: loops)."""
    wins = []
    for one in range(USERS):
        others = np.delete(found[one], [one, one ^ 1])
        wins.append(float((found[one, one ^ 1] > others).mean()))
    return float(np.mean(wins))


def verdict_of(days: float, seeds: int, *, control: bool) -> Verdict:
    """Attack `seeds` worlds."""
    shares = []
    for seed in range(seeds):
        shares.append(disclosed(evidence(days, 1000 + seed, control=control)))
        print(f"M10 seed {seed}: {shares[-1]:.3f}", file=sys.stderr)
    name = f"{CROWD.name}, {days:g} days, {seeds} seeds"
    if control:
        setting = f"{name}: bursts, at once, no loops"
        return at_most("M10", setting, float(np.mean(shares)), CONTROL_AT_LEAST, control=True)
    error = float(np.std(shares, ddof=1) / np.sqrt(len(shares)))
    return at_most("M10", f"{name}: partner before others", float(np.mean(shares)), 0.5 + 2 * error)


def measure(scale: Scale, _scratch: Path) -> list[Verdict]:
    """Attack worlds of a week (quick) or of four, and those of the control."""
    if scale is Scale.QUICK:
        return [verdict_of(4, 6, control=False), verdict_of(7, 2, control=True)]
    return [verdict_of(28, 24, control=False), verdict_of(28, 6, control=True)]


def main() -> int:
    """Attack as the command line says and print the verdict."""
    parser = argparse.ArgumentParser(prog="python -m lab.attacks.disclosure")
    parser.add_argument("days", type=float)
    parser.add_argument("seeds", type=int)
    parser.add_argument("--control", action="store_true")
    chosen = parser.parse_args()
    print(verdict_of(chosen.days, chosen.seeds, control=chosen.control))
    return 0


if __name__ == "__main__":
    sys.exit(main())
