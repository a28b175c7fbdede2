"""M1 and M15: worlds with the same seeds show the same and cost the same, whatever people do.

M1 counts what is seen in one world only: the (time, from, to, size) of the whole network, links between relays
included, and besides what relays know of what passes through them (lab.worlds.relay_view). Invariant 1 says: none. M15
divides the bytes of one world by those of the other.
Decision 77.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lab.report.verdict import Scale, Verdict, at_most, exactly
from lab.worlds.scenarios import (
    A_DAY,
    AWAY,
    NO_LOSSES,
    QUICK,
    TEN_CONTACTS,
    Setting,
    empty_world,
    receiving_world,
    silent_world,
    writing_world,
)
from lab.worlds.wire import Seen
from lab.worlds.worlds import Maker, differing, views_of
from protocol.profile import Profile


@dataclass(frozen=True, slots=True)
class Comparison:
    """A setting, the world that the others are compared with, and those."""

    setting: Setting
    first: Maker
    others: Mapping[str, Maker]


SILENT_AND_WRITING: Mapping[str, Maker] = {"everybody writes": writing_world}
COMPARED: Mapping[str, Comparison] = {
    "quick constants, 5 % lost": Comparison(
        QUICK, silent_world, {"everybody writes": writing_world, "everybody receives": receiving_world}
    ),
    "quick constants, no losses": Comparison(
        replace(QUICK, losses=NO_LOSSES, duration_s=1000.0), silent_world, SILENT_AND_WRITING
    ),
    "0 against 10 contacts": Comparison(
        TEN_CONTACTS, empty_world, {"nobody writes": silent_world, "everybody writes": writing_world}
    ),
    "all away for four days": Comparison(AWAY, silent_world, SILENT_AND_WRITING),
    "a day, 2 % lost, guard away": Comparison(A_DAY, silent_world, SILENT_AND_WRITING),
}
LARGE: Mapping[str, Comparison] = {
    f"a day, U = 20, R = {relays}, {name}, 2 % lost": Comparison(
        replace(A_DAY, profiles=profiles, relays=relays),
        silent_world,
        {"everybody writes": writing_world, "everybody receives": receiving_world},
    )
    for relays in (3, 5)
    for name, profiles in (
        ("metered", (Profile.METERED,) * 20),
        ("standard", (Profile.STANDARD,) * 20),
        ("guarded and all others", (Profile.GUARDED,) * 4 + (Profile.STANDARD,) * 8 + (Profile.METERED,) * 8),
    )
}


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Compare the worlds of each setting; at full scale those of twenty members and five relays, too."""
    compared = COMPARED if scale is Scale.QUICK else {**COMPARED, **LARGE}
    return [
        verdict
        for number, (name, one) in enumerate(compared.items())
        for verdict in compare(name, one, scratch / str(number))
    ]


def compare(name: str, one: Comparison, scratch: Path) -> list[Verdict]:
    """Return the verdicts on the worlds of one setting."""
    trace, known = asyncio.run(views_of(scratch / "first", one.setting, one.first))
    verdicts = []
    for number, (other, make) in enumerate(one.others.items()):
        their_trace, their_known = asyncio.run(views_of(scratch / str(number), one.setting, make))
        verdicts += [
            at_most("M1", f"{name}: {other}", differing(trace, their_trace), 0),
            at_most("M1", f"{name}: {other}, seen by relays", differing(known, their_known), 0),
            exactly("M15", f"{name}: {other}", bytes_of(their_trace) / bytes_of(trace), 1),
        ]
    return verdicts


def bytes_of(trace: list[Seen]) -> int:
    """Return how many bytes the whole network carried."""
    return sum(seen.size for seen in trace)
