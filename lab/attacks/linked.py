"""M11: who writes a conversation, if somebody knows which cells belong to it?

Cells cannot be linked by what they are. Somebody who can link them all the same (a relative who talks, a device that
was seized) multiplies what each one says (M5), at relays other than the guard. Everybody is always online. The values
are told, not judged: they belong into docs/threats.md.
"""

from pathlib import Path

import numpy as np

from lab.attacks.crowds import CONSTANTS, Crowd, Watched, watch
from lab.attacks.posteriors import senders
from lab.attacks.senders import REPORTED
from lab.attacks.tracing import Floats, Tracer
from lab.report.verdict import Scale, Verdict, at_most
from lab.skeleton.client import GUARD
from lab.skeleton.world import Way
from protocol.profile import Profile

USERS = 100
LINKED = (5, 20)
APART_HOLDS = 7
LEAST = 1e-9


def conversations(watched: Watched, length: int) -> list[list[Way]]:
    """For each client `length` of its deposits, so far apart that each is evidence of its own."""
    apart_s = APART_HOLDS * watched.world.constants.mean_hold_s
    found: dict[int, list[Way]] = {}
    for way in watched.looked_at(watched.world.deposits):
        mine = found.setdefault(way.client, [])
        if way.store != GUARD and len(mine) < length and (not mine or way.at - mine[-1].at > apart_s):
            mine.append(way)
    return [mine for mine in found.values() if len(mine) == length]


def attack(profile: Profile, seed: int) -> dict[int, list[bool]]:
    """Whether the likeliest client is the writer, for the first 5 and 20 cells of every client."""
    crowd = Crowd(USERS, profile)
    constants = CONSTANTS
    cell_s = constants.slot_s(profile) / (constants.deposit_permille / 1000) * crowd.relays / (crowd.relays - 1)
    lasting_s = max(LINKED) * (APART_HOLDS * constants.mean_hold_s + 1.6 * cell_s)
    watched = watch(crowd, int(lasting_s * crowd.deposits_per_s() / crowd.relays), seed)
    tracer = Tracer.of(watched.world)
    right: dict[int, list[bool]] = {length: [] for length in LINKED}
    for cells in conversations(watched, max(LINKED)):
        evidence: Floats = np.log(np.maximum(senders(watched, tracer, cells).chances, LEAST))
        for length in LINKED:
            right[length].append(bool(evidence[:length].sum(axis=0).argmax() == cells[0].client))
    return right


def measure(scale: Scale, _scratch: Path) -> list[Verdict]:
    """Attack a conversation of everybody in a hundred, for every profile."""
    seeds = range(1) if scale is Scale.QUICK else range(6)
    verdicts = []
    for profile in Profile:
        found = [attack(profile, 1100 + seed) for seed in seeds]
        for length in LINKED:
            rate = float(np.mean([right for one in found for right in one[length]]))
            name = f"{USERS} {profile.name.lower()}, 3 relays: writer of {length} linked cells"
            verdicts.append(at_most("M11", name, rate, REPORTED))
    return verdicts
