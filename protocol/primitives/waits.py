"""A wait that a wrong clock cannot lengthen: kept as when it began and how long it is, never as when it ends.

Invariant: a wait is over when its time has passed, and at any time before its beginning, for then the clock has been
set back since. So what was put off by a clock that was ahead is not put off until that clock's time comes.
Spec: docs/protocol.md, Numbers and times.
Decision 118.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wait:
    """`length` from `since` on, both in one unit: seconds or milliseconds."""

    since: float
    length: float

    def is_over(self, now: float) -> bool:
        """Whether nothing is waited for at `now`."""
        return not 0 <= now - self.since < self.length

    def end(self, now: float) -> float:
        """When it is over, as seen at `now`: `now` itself if it is."""
        return now if self.is_over(now) else self.since + self.length


NO_WAIT = Wait(0, 0)
"""Over at any time."""
