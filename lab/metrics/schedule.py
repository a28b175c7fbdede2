"""M3: the gaps between the slots of a client are exponential and independent of each other.

Kolmogorov-Smirnov against Exp(lambda), and the correlation of each gap with the next, for the schedule itself and for
what clients really posted in a simulated day. Controls: slots put on a grid of a second; a gap that makes up for the
one before.
"""

import asyncio
from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lab.report.verdict import Scale, Verdict, at_least, at_most
from lab.worlds.community import make_community
from lab.worlds.scenarios import A_DAY, NO_LOSSES, START, silent_world
from lab.worlds.world import World
from lab.worlds.worlds import trace_of
from protocol.community.constants import Constants
from protocol.profile import Profile
from protocol.routes.schedule import Schedule
from protocol.seams import RelayId

P_LEAST = 0.01
SLOTS = {Scale.QUICK: 20_000, Scale.FULL: 200_000}
GRID_S = 1.0
MADE_UP = 0.1
WARM_UP_S = 1800.0
"""Before a client has read the roster it keeps the pace of its invitation."""

Gaps = NDArray[np.float64]


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Test each profile's schedule, what was posted in a day, and the two controls."""
    verdicts = []
    constants = Constants()
    for profile in Profile:
        gaps = planned_gaps(profile, SLOTS[scale], constants)
        verdicts += judged(f"{profile.name.lower()}, planned", gaps, constants.slot_s(profile))
    for profile in (Profile.STANDARD,) if scale is Scale.QUICK else Profile:
        gaps = asyncio.run(posted_gaps(profile, scratch / profile.name))
        verdicts += judged(f"{profile.name.lower()}, posted in a day", gaps, constants.slot_s(profile))
    mean_s = constants.slot_s(Profile.GUARDED)
    gaps = planned_gaps(Profile.GUARDED, SLOTS[Scale.QUICK], constants)
    rounded = np.diff(np.ceil(np.cumsum(gaps) / GRID_S) * GRID_S)
    hasty = gaps[1:] - MADE_UP * (gaps[:-1] - mean_s)
    return [
        *verdicts,
        at_least("M3", "slots on a grid of a second, p", fit(rounded, mean_s), P_LEAST, control=True),
        correlated("a gap that makes up for the one before", hasty, control=True),
    ]


def planned_gaps(profile: Profile, slots: int, constants: Constants) -> Gaps:
    """Return the gaps in seconds that the product's schedule draws."""
    roster = make_community(World.stream(3, "community"), relays=3, guards=(0,), constants=constants, now=START).roster
    schedule = Schedule.start(World.stream(3, f"schedule {profile.name}")(32), START)
    times = [START]
    for _ in range(slots):
        slot, schedule = schedule.plan(roster, profile, RelayId(0))
        times.append(slot.at)
    return np.diff(np.array(times))


async def posted_gaps(profile: Profile, scratch: Path) -> Gaps:
    """Return the gaps in seconds between the exchanges of each of three clients that were online for a day."""
    setting = replace(A_DAY, seed=3, profiles=(profile,) * 3, losses=NO_LOSSES)
    trace = await trace_of(scratch, setting, silent_world)
    return np.concatenate(
        [
            np.diff([seen.at for seen in trace if seen.sender == name and seen.at > START + WARM_UP_S])
            for name in setting.names
        ]
    )


def fit(gaps: Gaps, mean_s: float) -> float:
    """Return the p-value of a Kolmogorov-Smirnov test against an exponential distribution."""
    return float(stats.kstest(gaps, stats.expon(scale=mean_s).cdf).pvalue)


def judged(setting: str, gaps: Gaps, mean_s: float) -> list[Verdict]:
    """Return both verdicts on gaps."""
    return [at_least("M3", f"{setting}, p", fit(gaps, mean_s), P_LEAST), correlated(setting, gaps)]


def correlated(setting: str, gaps: Gaps, *, control: bool = False) -> Verdict:
    """Return the verdict on the correlation of gaps with the next ones: below three standard errors."""
    found = abs(float(np.corrcoef(gaps[:-1], gaps[1:])[0, 1]))
    return at_most("M3", f"{setting}, |r|", found, 3 / sqrt(len(gaps) - 1), control=control)
