"""Noticing that loops are being dropped: a one-sided CUSUM on their outcomes, each either back or overdue.

Page, "Continuous inspection schemes", Biometrika 41 (1954), in the form for yes-or-no outcomes of Reynolds and
Stoumbos, "A CUSUM chart for monitoring a proportion when inspecting continuously", Journal of Quality Technology 31
(1999). The log-likelihood ratio between a loss of BASELINE_LOSS and one with DROPPED on top is -0.105 for a loop that
came back and +1.775 for one that is overdue; in units of the first that is -1 and +17, so the score is a whole number
and mean run lengths can be worked out exactly.

Invariant: pure; the state is a value, and the same outcomes in the same order give the same state everywhere.
Spec: docs/protocol.md, Loops.
"""

import math
from functools import lru_cache
from typing import Final

import msgspec

__all__ = ["BASELINE_LOSS", "DROPPED", "FALSE_ALARM_DAYS", "OVERDUE_STEP", "Cusum", "limit_for", "mean_run"]

BASELINE_LOSS: Final = 0.02
"""Share of loops that networks and restarts lose although nobody means harm."""
DROPPED: Final = 0.10
"""Share of packets somebody drops that is to be noticed quickly."""
FALSE_ALARM_DAYS: Final = 90
"""With nothing but the baseline an alarm comes about once in this time."""
_DROPPED_LOSS: Final = 1 - (1 - BASELINE_LOSS) * (1 - DROPPED)
OVERDUE_STEP: Final = round(math.log(_DROPPED_LOSS / BASELINE_LOSS) / -math.log(1 - DROPPED))
"""What an overdue loop adds to the score; one that came back takes 1 off."""


class Cusum(msgspec.Struct, frozen=True, array_like=True):
    """`score` in 0..limit. `judged` and `overdue`: loops since the score was last 0, the likeliest moment at which a
    change began. `alarmed` from when the score reaches the limit until it is 0 again."""

    score: int = 0
    judged: int = 0
    overdue: int = 0
    alarmed: bool = False

    def after(self, *, overdue: bool, limit: int) -> "Cusum":
        """Return the state after one more loop. `limit`: see `limit_for`."""
        score = self.score + OVERDUE_STEP if overdue else self.score - 1
        if score <= 0:
            return Cusum()
        alarmed = self.alarmed or score >= limit
        return Cusum(min(score, limit), self.judged + 1, self.overdue + overdue, alarmed)


@lru_cache(maxsize=16)
def limit_for(loops: int) -> int:
    """Return the lowest limit at which an honest network raises an alarm once in `loops` loops or less often."""
    limit = 1
    while mean_run(BASELINE_LOSS, limit) < loops:
        limit += 1
    return limit


def mean_run(loss: float, limit: int) -> float:
    """Return how many loops pass on average from score 0 to an alarm, each lost with probability `loss` in (0, 1).

    Exact. With E(i) the mean from score i, E(i) = 1 + loss E(i + OVERDUE_STEP) + (1 - loss) E(i - 1), where E is 0 from
    the limit on and E(-1) is E(0). Solved downwards from E(limit - 1) = x, each E being a + b x.
    """
    back = 1 - loss
    a = [0.0] * (limit + OVERDUE_STEP)
    b = [0.0] * (limit + OVERDUE_STEP)
    b[limit - 1] = 1.0
    for score in range(limit - 1, 0, -1):
        a[score - 1] = (a[score] - 1 - loss * a[score + OVERDUE_STEP]) / back
        b[score - 1] = (b[score] - loss * b[score + OVERDUE_STEP]) / back
    x = (1 / loss + a[OVERDUE_STEP] - a[0]) / (b[0] - b[OVERDUE_STEP])
    return a[0] + b[0] * x
