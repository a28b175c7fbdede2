"""How long a letter of one cell takes until it can be read, in minutes, for crowds of all profiles.

No promise beyond a day: the numbers belong beside those of anonymity, which is paid for with them. Measured on the
skeleton of a world (lab.skeleton.world), whose instants are those of the real code.
"""

import statistics
from collections import defaultdict
from pathlib import Path
from typing import Final

from lab.attacks.crowds import CONSTANTS, Crowd
from lab.report.verdict import Scale, Verdict, at_most
from lab.skeleton.world import Kind, Skeleton, make_skeleton
from lab.worlds.scenarios import START
from lab.worlds.world import World
from protocol.primitives.sampling import choose, uniform01
from protocol.profile import Profile

DAY_MIN: Final = 1440.0
WRITING_SLOTS: Final = 150
TAIL_SLOTS: Final = 80
TAIL_HOLDS: Final = 20
LETTERS: Final = 400
"""Letters of each crowd, written at any moment of its writing time by anybody to anybody."""


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Let each crowd write and tell the median and the 95 % point."""
    sizes = (20, 100) if scale is Scale.QUICK else (20, 100, 1000)
    verdicts = []
    for crowd in [Crowd(users, profile) for users in sizes for profile in Profile]:
        minutes = sorted(letter_minutes(crowd))
        middle, high = statistics.median(minutes), minutes[int(len(minutes) * 0.95)]
        verdicts += [
            at_most("latency", f"{crowd.name}: half of the letters, minutes", middle, DAY_MIN),
            at_most("latency", f"{crowd.name}: 95 % of the letters, minutes", high, DAY_MIN),
        ]
    return verdicts


def letter_minutes(crowd: Crowd) -> list[float]:
    """Return the minutes that each letter took; one that is still on its way at the end counts as a day."""
    slot_s = max(CONSTANTS.slot_s(profile) for profile in crowd.profiles)
    begin = START + crowd.warm_s()
    draw = World.stream(20, crowd.name)
    letters = []
    for _ in range(LETTERS):
        sender = choose(uniform01(draw), crowd.users)
        reader = (sender + 1 + choose(uniform01(draw), crowd.users - 1)) % crowd.users
        letters.append((begin + WRITING_SLOTS * slot_s * uniform01(draw), sender, reader))
    world = make_skeleton(20, START, CONSTANTS, crowd.profiles, relays=crowd.relays, letters=letters)
    world.run(begin + (WRITING_SLOTS + TAIL_SLOTS) * slot_s + TAIL_HOLDS * CONSTANTS.mean_hold_s)
    return [
        DAY_MIN if arrived is None else (arrived - written) / 60
        for written, arrived in _arrivals(world, sorted(letters))
    ]


def _arrivals(world: Skeleton, letters: list[tuple[float, int, int]]) -> list[tuple[float, float | None]]:
    """Return when each letter was written and could be read. A client sends its letters in the order of writing."""
    sent: dict[int, list[bytes]] = defaultdict(list)
    for way in world.deposits:
        if way.cell is not None and way.cell.kind == Kind.LETTER:
            sent[way.client].append(way.cell.hole)
    found = []
    for written, sender, _ in letters:
        hole = sent[sender].pop(0) if sent[sender] else None
        found.append((written, None if hole is None else world.arrived.get(hole)))
    return found
