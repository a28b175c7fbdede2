"""Caps of the roster, enforced by a draw that is the same for everyone and looks at nothing.

Invariant: whether something is dropped depends on how full a cap is and on one draw, never on what it carries or who
sent it; every exchange and every frame takes its draw, dropped or not, so draws stay in step whatever the content.
Spec: docs/protocol.md, Relay.
Decision 71.
"""

from collections.abc import Iterable
from enum import StrEnum, unique
from typing import Final

from protocol.primitives.sampling import uniform01
from protocol.seams import Entropy

# Early drops begin here: a full cap then sheds load from everyone a little, not from whoever comes last wholly.
SOFT_SHARE: Final = 0.9


@unique
class Cap(StrEnum):
    """The caps; the word is what the log says."""

    SHELVES = "shelves"
    EXCHANGES = "exchanges"
    FRAMES = "frames"
    PACKETS = "packets"
    PIGEONHOLES = "pigeonholes"


def drop_chance(used: int, limit: int) -> float:
    """0 up to `SOFT_SHARE` of the limit, then rising in a straight line to 1 at the limit."""
    return min(1.0, max(0.0, (used / limit - SOFT_SHARE) / (1 - SOFT_SHARE)))


class FairDraw:
    """The draws of one relay, and how much it did in the present page interval."""

    def __init__(self, draws: Entropy) -> None:
        """`draws` is a stream of its own: nothing that depends on content takes bytes from it."""
        self._draws = draws
        self._interval = -1
        self._done: dict[tuple[Cap, int], int] = {}
        self.processes = 1
        """Processes that serve this relay; each counts its own and takes the others for as busy as itself."""

    def count(self, cap: Cap, interval: int, who: int = 0) -> int:
        """Count one more of `cap` in this page interval (of relay `who`, where it is kept apart); the number before."""
        if interval != self._interval:
            self._interval = interval
            self._done.clear()
        done = self._done.get((cap, who), 0)
        self._done[cap, who] = done + 1
        return done * self.processes

    def drops(self, loads: Iterable[tuple[int, int]]) -> bool:
        """Whether to drop, given (used, limit) of every cap concerned. Takes exactly one draw."""
        return uniform01(self._draws) < max((drop_chance(used, limit) for used, limit in loads), default=0.0)

    def fraction(self) -> float:
        """A draw in [0, 1) for timing, such as the jitter of a back-off."""
        return uniform01(self._draws)
