"""M7: are the attackers of M5 and M6 right about how sure they are?

If the likeliest client has probability p on average it must be the one in a share p of all cases; else the attack is
worse, or better, than it says, and its bits mean nothing. All packets of a crowd are counted, whoever's they are.
"""

from pathlib import Path

from lab.attacks import readers, senders
from lab.attacks.crowds import Crowd
from lab.report.verdict import Scale, Verdict, at_most
from protocol.profile import Profile

SENDER_DIFFERENCE = 0.02
READER_DIFFERENCE = 0.04


def measure(scale: Scale, _scratch: Path) -> list[Verdict]:
    """Compare for crowds of twenty, where probabilities are largest, and of a hundred."""
    targets = 2000 if scale is Scale.QUICK else 10_000
    crowds = [Crowd(20, profile) for profile in Profile] + [Crowd(20, None), Crowd(100, Profile.STANDARD)]
    verdicts = []
    for number, crowd in enumerate(crowds):
        found = senders.attack(crowd, targets, 700 + number)
        difference = abs(found.top - found.hit_rate)
        verdicts.append(at_most("M7", f"{crowd.name}: senders", difference, SENDER_DIFFERENCE))
        found = readers.attack(crowd, targets, 720 + number)
        difference = abs(found.top - found.hit_rate)
        verdicts.append(at_most("M7", f"{crowd.name}: readers", difference, READER_DIFFERENCE))
    return verdicts
