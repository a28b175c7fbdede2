"""A guard and the relay that stores a cell work together; here the guard is that relay. What docs/threats.md tells.

The guard knows of each exchange whether its fields were a deposit and a fetch, through which middle they went, when
they left it, and on which shelf the answer to each fetch was put, and when. Only the middle's holds are left: of a
deposit one, of a fetch one on each way. A fetch that left at y and whose answer came back at z was at the store at a
moment t between them with density proportional to exp(-(t - y) / mean hold - (z - t) / mean hold on the way back); each
that spans the moment in question weighs what that says of it. Where both means are equal that is 1 / (z - y).
Decision 84.
"""

import numpy as np
from msgspec import structs

from lab.attacks.crowds import CONSTANTS, Crowd, Watched, watch
from lab.attacks.posteriors import Posteriors, hole_of
from lab.attacks.reading import LONGEST, Reading, asked_after, true_slot
from lab.attacks.senders import REPORTED
from lab.attacks.tracing import Floats, Ints, Tracer
from lab.report.verdict import Scale, Verdict, at_most
from lab.skeleton.client import GUARD
from protocol.community.constants import Constants
from protocol.profile import Profile

READER_TIMES_USERS = 10.0
"""What an independent model of 100 standard users gave for the likeliest."""


def trace_senders(watched: Watched, targets: int) -> Posteriors:
    """Say whose the guard's own deposits were."""
    hold_s = watched.world.constants.mean_hold_s
    ways = watched.world.deposits
    out = np.array([way.guard_out for way in ways])
    middle = np.array([way.middle for way in ways])
    clients = np.array([way.client for way in ways], dtype=np.int64)
    asked = [way for way in watched.looked_at(ways) if way.store == GUARD][:targets]
    chances = np.zeros((len(asked), watched.crowd.users))
    for row, way in enumerate(asked):
        may_be = (middle == way.middle) & (out < way.middle_out) & (out > way.middle_out - 27 * hold_s)
        weights = np.exp((out[may_be] - way.middle_out) / hold_s)
        chances[row] = np.bincount(clients[may_be], weights, minlength=watched.crowd.users) / weights.sum()
    return Posteriors(chances, np.array([way.client for way in asked], dtype=np.int64))


def trace_readers(watched: Watched, targets: int) -> Posteriors:
    """Say whose fetches found what the guard itself stores."""
    world = watched.world
    tracer = Tracer.of(world)
    reading = Reading.of(world, tracer)
    ways = world.fetches
    slot = np.array([true_slot(tracer, world.start, way) for way in ways])
    out, back = np.array([way.guard_out for way in ways]), np.array([way.shelved for way in ways])
    middle = np.array([way.middle for way in ways])
    clients = np.array([way.client for way in ways], dtype=np.int64)
    found = [way for way in watched.looked_at(ways) if way.store == GUARD and way.since >= 0][:targets]
    own = {(way.client, way.at): number for number, way in enumerate(ways)}
    since = np.array([_since(reading, tracer, hole_of(way), slot[[own[way.client, way.at]]])[0] for way in found])
    chances = np.zeros((len(found), watched.crowd.users))
    for half in (0, 1):
        soon = asked_after(since[half::2])
        for row in range(1 - half, len(found), 2):
            way = found[row]
            spans = np.flatnonzero((middle == way.middle) & (out < way.store_in) & (back > way.reply_out))
            after = _since(reading, tracer, hole_of(way), slot[spans])
            likely = np.where(after < 0, 0.0, soon[np.clip(after, 0, LONGEST)])
            weights = likely * _density(out[spans], back[spans], way.store_in, world.constants)
            chances[row] = np.bincount(clients[spans], weights, minlength=watched.crowd.users) / weights.sum()
    return Posteriors(chances, np.array([way.client for way in found], dtype=np.int64))


def _density(out: Floats, back: Floats, at: float, constants: Constants) -> Floats:
    """How likely fetches that left at `out` and were answered at `back` were at the store at `at`, per second."""
    rise = 1 / max(constants.reply_hold_s, constants.link_tick_ms / 1000) - 1 / constants.mean_hold_s
    if abs(rise) < 1e-9:
        return 1 / (back - out)
    found: Floats = rise * np.exp(rise * (at - back)) / -np.expm1(rise * (out - back))
    return found


def _since(reading: Reading, tracer: Tracer, hole: bytes, slots: Ints) -> Ints:
    since: Ints = reading.rank[slots] - reading.before[reading.page_of[hole]][tracer.clients[slots]]
    return since


def guard_stores(scale: Scale) -> list[Verdict]:
    """M6 for cells that the guard stores; its control is a network whose middle gives replies back at once."""
    targets = 600 if scale is Scale.QUICK else 3000
    crowd = Crowd(100, Profile.STANDARD)
    watched = watch(crowd, targets, 640)
    verdicts = [
        at_most("M5", f"{crowd.name}: guard stores", trace_senders(watched, targets).top, REPORTED),
        at_most("M6", f"{crowd.name}: guard stores", trace_readers(watched, targets).top, READER_TIMES_USERS / 100),
    ]
    at_once = watch(crowd, targets, 641, structs.replace(CONSTANTS, reply_hold_ms=1))
    found = trace_readers(at_once, targets)
    name = f"{crowd.name}: guard stores, no hold on the way back"
    return [*verdicts, at_most("M6", name, found.top, READER_TIMES_USERS / 100, control=True)]
