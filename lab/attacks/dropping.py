"""M12: how long can a relay drop a tenth of all packets before a client notices?

Loops leave and come back when they do in a skeleton world. Each is lost with 2 % as networks lose things, and from a
moment on with another 10 %. What came back is judged then, what is missing when it is overdue, by the product's own
CUSUM with the product's limits. Counted is the time from the first drop to the alarm. Control: nobody drops.
"""

from pathlib import Path

import numpy as np

from client_cli.streams.loop_watch import STORES_SHARE, patience_s
from lab.attacks.crowds import CONSTANTS, Crowd
from lab.attacks.tracing import Floats
from lab.report.verdict import Scale, Verdict, at_least, at_most
from lab.skeleton.world import Kind, make_skeleton
from lab.worlds.scenarios import START
from protocol.primitives.days import DAY_S
from protocol.profile import Profile
from protocol.streams.loss_detector import BASELINE_LOSS, DROPPED, FALSE_ALARM_DAYS, Cusum, limit_for, mean_run

NOTICED_H = {Profile.METERED: 26.0, Profile.STANDARD: 8.0, Profile.GUARDED: 3.0}
CLIENTS = 12
LASTING = 4
"""So many times the threshold a world lasts; drops begin after a quarter of it."""


def limit_of(profile: Profile) -> tuple[int, float]:
    """Return the limit of the CUSUM over all loops, and how many loops a day it was made for
    (client_cli.streams.loop_watch)."""
    a_day = CONSTANTS.deposit_permille / 1000 * DAY_S / CONSTANTS.slot_s(profile)
    return limit_for(round(a_day * FALSE_ALARM_DAYS * STORES_SHARE / (STORES_SHARE - 1))), a_day


def loops_of(profile: Profile, seed: int) -> list[tuple[Floats, Floats]]:
    """For each client when its loops left and when they were back, seconds from the start, of those that were."""
    crowd = Crowd(CLIENTS, profile)
    world = make_skeleton(seed, START, CONSTANTS, crowd.profiles, relays=crowd.relays)
    world.run(START + LASTING * NOTICED_H[profile] * 3600)
    rows: list[list[tuple[float, float]]] = [[] for _ in range(CLIENTS)]
    for way in world.deposits:
        if way.cell is not None and way.cell.kind == Kind.LOOP and way.cell.hole in world.arrived:
            rows[way.client].append((way.at - START, world.arrived[way.cell.hole] - START))
    return [(np.array([left for left, _ in row]), np.array([back for _, back in row])) for row in rows]


def notice_h(profile: Profile, loops: tuple[Floats, Floats], dropped: float, draws: np.random.Generator) -> float:
    """Hours from the first drop to the alarm; those that were left if the world ends first."""
    left, back = loops
    begin_s = NOTICED_H[profile] * 3600
    kept = np.where(left < begin_s, 1 - BASELINE_LOSS, (1 - BASELINE_LOSS) * (1 - dropped))
    lost = draws.random(len(left)) > kept
    overdue_s = patience_s(CONSTANTS, profile, 3)
    # One that comes later than that was judged as missing.
    missing = lost | (back - left > overdue_s)
    judged = np.where(missing, left + overdue_s, back)
    limit, _ = limit_of(profile)
    state = Cusum()
    for number in np.argsort(judged, kind="stable"):
        state = state.after(overdue=bool(missing[number]), limit=limit)
        if state.alarmed and judged[number] >= begin_s:
            return float(judged[number] - begin_s) / 3600
    return (LASTING - 1) * NOTICED_H[profile]


def measure(scale: Scale, _scratch: Path) -> list[Verdict]:
    """Median hours until drops are noticed, for every profile, and days between false alarms."""
    trials = 300 if scale is Scale.QUICK else 3000
    verdicts = []
    for profile in Profile:
        draws = np.random.default_rng(1200 + profile.value)
        loops = loops_of(profile, 1200)
        name = f"{profile.name.lower()}, 3 relays"
        hours = [notice_h(profile, loops[n % CLIENTS], DROPPED, draws) for n in range(trials)]
        verdicts.append(at_most("M12", f"{name}: hours to notice", np.median(hours), NOTICED_H[profile]))
        limit, a_day = limit_of(profile)
        days = mean_run(BASELINE_LOSS, limit) / a_day
        verdicts.append(at_least("M12", f"{name}: days to a false alarm", days, FALSE_ALARM_DAYS))
        hours = [notice_h(profile, loops[n % CLIENTS], 0.0, draws) for n in range(trials // 3)]
        verdicts.append(at_most("M12", f"{name}: nobody drops", np.median(hours), NOTICED_H[profile], control=True))
    return verdicts
