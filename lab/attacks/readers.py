"""M6: who fetched a cell? Asked by the relay that stores it together with somebody who watches the whole network.

It traces the fetch back as M5 does, and knows since when the page that lists the pigeonhole could be read: only slots
after that count, by how soon clients ask (lab.attacks.reading). The way back says nothing more as long as a relay other
than the guard stores the cell, for all replies go to the guard. The hold on the way back is there for cells that the
guard stores itself: lab.attacks.collusion measures those, and its control is the network without that hold.
"""

from pathlib import Path

from lab.attacks.collusion import guard_stores
from lab.attacks.crowds import Crowd, settings, watch
from lab.attacks.posteriors import Posteriors, fetches_of, readers
from lab.attacks.reading import Reading
from lab.attacks.senders import hits_by_profile
from lab.attacks.tracing import Tracer
from lab.report.verdict import Scale, Verdict, at_most
from protocol.profile import Profile

DEFICIT_BITS = {Profile.METERED: 0.7, Profile.STANDARD: 0.2, Profile.GUARDED: 0.1}
MIXED_BITS = {Profile.METERED: 1.0, Profile.STANDARD: 0.7}
TOP_TIMES_USERS = 7.0


def attack(crowd: Crowd, targets: int, seed: int) -> Posteriors:
    """Trace `targets` fetches of a crowd."""
    watched = watch(crowd, targets, seed)
    tracer = Tracer.of(watched.world)
    return readers(watched, tracer, Reading.of(watched.world, tracer), fetches_of(watched, targets))


def measure(scale: Scale, _scratch: Path) -> list[Verdict]:
    """Attack every crowd of the table, and the guard's own cells with and without the hold on the way back."""
    targets = 1000 if scale is Scale.QUICK else 4000
    verdicts = []
    for number, crowd in enumerate(settings(scale)):
        found = attack(crowd, targets, 600 + number)
        if crowd.profile is None:
            evenly = found.evenly(crowd.profiles)
            for profile, bits in MIXED_BITS.items():
                name = f"{crowd.name}: bits missing, {profile.name.lower()}"
                verdicts.append(at_most("M6", name, evenly.of(crowd.profiles, profile).deficit, bits))
            verdicts += hits_by_profile("M6", crowd, found)
        else:
            verdicts.append(at_most("M6", f"{crowd.name}: bits missing", found.deficit, DEFICIT_BITS[crowd.profile]))
            verdicts.append(at_most("M6", f"{crowd.name}: likeliest", found.top, TOP_TIMES_USERS / crowd.users))
    return verdicts + guard_stores(scale)
