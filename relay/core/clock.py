"""Which time a relay goes by: its machine's clock, unless that is past every day that was signed.

Invariant: nothing is rotated, expired, cut or erased by a day that nobody has signed; a relay signs a day on the day
before it. One that sees such a day waits: it takes in and answers as of the page that is open, until the clock is back
or a majority of the relays (ours, by its clock, among them) has signed as much. Where nobody says anything for an hour,
for all may have been off, it believes `QUIET_DAYS`; no more at all, unless its operator says so.
Spec: docs/protocol.md, Relay.
Decision 117.
"""

from typing import Final

from protocol.community.roster import Roster
from protocol.primitives.days import day_of
from relay.core.board.publisher import Publisher
from relay.core.descriptors import Descriptors
from relay.core.state import RelayState
from relay.errors import ClockLeapt, ClockProblem, RosterProblem
from relay.events import Event

# A power cut; and no cell is erased by it before half its time, with the least retention that is usual.
QUIET_DAYS: Final = 7
# Others send what they signed and cut within minutes, as soon as they see that we are back.
QUIET_S: Final = 3600.0
# Nor do those that cut their pages rarely seem to be quiet.
QUIET_PAGES: Final = 3
# Longer than a relay is off that others wait for, and shorter than what a clock shows whose battery is empty.
START_DAYS: Final = 30
# Further back than clocks are put by those who keep them right.
BACK_S: Final = 60.0
# While waiting: how soon the clock is looked at again.
LOOK_S: Final = 5.0
# More than any pause between two looks: what a clock shows beyond that it has leapt, and no time has passed.
PAUSE_S: Final = 30.0


def check_validity(roster: Roster, now: float) -> None:
    """Refuse a clock before the roster's first day and a roster whose last day is over."""
    today = day_of(now)
    if today < roster.issued_day:
        raise ClockProblem(
            "This machine's clock is before the day the roster was made; nothing was started; set the clock."
        )
    if roster.expired(today):
        raise RosterProblem("The roster has expired; what is stored is kept; ask the roster maker for a new one.")


class SignedClock:
    """Holds the machine's clock against what was signed."""

    def __init__(self, state: RelayState, descriptors: Descriptors, publisher: Publisher) -> None:
        self._state = state
        self._descriptors = descriptors
        self._publisher = publisher
        self._latest = 0.0
        self._quiet_s: float | None = None
        self._looked = 0.0
        self._heard: list[tuple[int, int]] = []

    def check_start(self, now: float) -> None:
        """Raise ClockLeapt for a clock that is past the newest signed day by more than any wait could excuse; tell of
        one that is behind what was cut by it."""
        if self._days_past(now) > (START_DAYS if self._state.peers else QUIET_DAYS):
            raise ClockLeapt(
                "This machine's clock is weeks past everything this relay has seen signed; nothing was started, what "
                "is stored is kept; set the clock, or if it is right start once with --clock-is-right."
            )
        if now < self._publisher.open_since - BACK_S:
            self._state.events.emit(Event.CLOCK_WENT_BACK)

    def leapt(self, now: float) -> bool:
        """Whether to wait: `now` is past what was signed, and not to be believed yet."""
        past = self._days_past(now)
        if past <= 0:
            self._quiet_s = None
            self._latest = max(self._latest, now)
            return False
        heard = self._hear()
        if self._quiet_s is None:
            self._state.events.emit(Event.CLOCK_LEAPT)
        if self._quiet_s is None or heard != self._heard:
            self._quiet_s, self._heard = 0.0, heard
        else:
            self._quiet_s += min(max(now - self._looked, 0.0), PAUSE_S)
        self._looked = now
        return past > QUIET_DAYS or self._quiet_s < max(QUIET_S, QUIET_PAGES * self._state.constants.page_s)

    def went_back(self, now: float) -> bool:
        """Whether the clock was set back since it was last gone by: what waits for a time may wait for a wrong one."""
        return now < self._latest - BACK_S

    def go_on(self, now: float) -> None:
        """Go by a clock that went back."""
        self._state.events.emit(Event.CLOCK_WENT_BACK)
        self._latest = now

    def present(self, now: float) -> float:
        """The time to go by at `now`: while waiting, the start of the page that is open."""
        return self._publisher.open_since if self.leapt(now) else now

    def _days_past(self, now: float) -> int:
        """By how many days `now` is past the newest signed one; of a relay that has signed nothing nothing is lost."""
        own = self._descriptors.newest(self._state.number)
        if own is None:
            return 0
        others = sorted((day for day, _ in self._hear()), reverse=True)
        needed = len(self._state.roster.relays) // 2  # a majority with ours, whose clock says so
        return day_of(now) - max(own.day, self._state.roster.issued_day, *others[needed - 1 : needed])

    def _hear(self) -> list[tuple[int, int]]:
        """How far each of the others has come: the newest day that it signed, and its newest page."""
        chains, found = self._publisher.board.chains, []
        for peer in self._state.peers:
            newest = self._descriptors.newest(peer)
            found.append((-1 if newest is None else newest.day, chains.heard(peer) or -1))
        return found
