"""How many clients a guard tells the world it served yesterday: coarse, and noised so that nobody's presence shows.

Invariant: one shelf more or less changes the probability of any published number by a factor of at most exp(1 / SCALE);
rounding comes after the noise and can only take away from what it tells. Drawn once a day, from a stream of its own.
Source: the geometric mechanism of Ghosh, Roughgarden and Sundararajan, "Universally utility-maximizing privacy
mechanisms" (2009). Spec: docs/protocol.md, Descriptors.
Decision 64.
"""

from typing import Final

from protocol.community.descriptor import CROWD_MAX
from protocol.primitives.sampling import exponential, uniform01
from protocol.seams import Entropy

SCALE: Final = 5.0
"""Mean of each of the two draws whose difference is the noise. It is mostly below 15: that tells 10 from 40, all that
a person needs to know."""
# (below, step): finer steps would tell more about a day's comings and goings than anybody needs.
STEPS: Final = ((100, 10), (1000, 50))
COARSEST: Final = 500


def told_crowd(shelves: int, entropy: Entropy) -> int:
    """Return the number to publish for `shelves` used on a day. Takes two draws, whatever the number."""
    more, less = (int(exponential(uniform01(entropy), SCALE)) for _ in range(2))
    noised = max(0, shelves + more - less)
    step = next((step for below, step in STEPS if noised < below), COARSEST)
    return min(noised // step * step, CROWD_MAX)
