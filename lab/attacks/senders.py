"""M5: who left a cell? Asked by the relay that stores it together with somebody who watches the whole network.

It traces the deposit back through the middle and the guard (lab.attacks.tracing). What counts is how many bits of doubt
are missing to "anyone", and how likely the likeliest one is. Where half the people are metered and half standard the
likeliest one is told for each: slots of those who send seldom stand alone more often. Skeleton worlds.
"""

from pathlib import Path

from lab.attacks.crowds import Crowd, settings, watch
from lab.attacks.posteriors import Posteriors, deposits_of, senders
from lab.attacks.tracing import Tracer
from lab.report.verdict import Scale, Verdict, at_most
from protocol.profile import Profile

DEFICIT_BITS = {Profile.METERED: 0.45, Profile.STANDARD: 0.15, Profile.GUARDED: 0.05}
TOP_TIMES_USERS = 4.0
REPORTED = 1.0
"""No threshold: a probability, told as it is."""


def attack(crowd: Crowd, targets: int, seed: int) -> Posteriors:
    """Trace `targets` deposits of a crowd."""
    watched = watch(crowd, targets, seed)
    return senders(watched, Tracer.of(watched.world), deposits_of(watched, targets))


def hits_by_profile(metric: str, crowd: Crowd, found: Posteriors) -> list[Verdict]:
    """Report how often the likeliest one is right, for each profile of a mixed crowd."""
    evenly = found.evenly(crowd.profiles)
    return [
        at_most(
            metric,
            f"{crowd.name}: {profile.name.lower()} named",
            evenly.of(crowd.profiles, profile).hit_rate,
            REPORTED,
        )
        for profile in (Profile.METERED, Profile.STANDARD)
    ]


def measure(scale: Scale, _scratch: Path) -> list[Verdict]:
    """Attack every crowd of the table."""
    targets = 1000 if scale is Scale.QUICK else 4000
    verdicts = []
    for number, crowd in enumerate(settings(scale)):
        found = attack(crowd, targets, 500 + number)
        if crowd.profile is None:
            verdicts += hits_by_profile("M5", crowd, found)
            continue
        verdicts.append(at_most("M5", f"{crowd.name}: bits missing", found.deficit, DEFICIT_BITS[crowd.profile]))
        verdicts.append(at_most("M5", f"{crowd.name}: likeliest", found.top, TOP_TIMES_USERS / crowd.users))
    return verdicts
