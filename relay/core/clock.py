"""Which time a relay goes by: its machine's clock, unless that is past every day that anybody has signed.

Invariant: nothing is rotated, expired, cut or erased by a day that is more than one past the newest signed one, so that
no key of the day on which others still are is erased. A relay that sees such a day waits: it takes in and answers as of
the page that is open, until the clock is back or others have signed such a day as well. It believes up to `SLACK_DAYS`
after an hour in which nobody did, for all relays may have been off; no more at all, unless its operator says so.
Specification: docs/protocol.md, Relay.
"""

from typing import Final

from protocol.community.roster import Roster
from protocol.primitives.days import day_of
from relay.core.board.publisher import Publisher
from relay.core.descriptors import Descriptors
from relay.core.state import RelayState
from relay.errors import ClockLeapt, ClockProblem, RosterProblem
from relay.events import Event

# We sign tomorrow's descriptor today and hold a day key for three days: the day after tomorrow erases none of today.
TRUSTED_DAYS: Final = 1
# Longer than most are off, and shorter than what a clock shows whose battery is empty.
SLACK_DAYS: Final = 30
# Others send what they signed within minutes, as soon as they see that we are back.
BELIEVED_AFTER_S: Final = 3600.0
# While waiting: how soon the clock is looked at again.
LOOK_S: Final = 5.0


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
        self._since: float | None = None

    def check_start(self, now: float) -> None:
        """Raise ClockLeapt for a clock that is past the newest signed day by more than any wait could excuse."""
        if self._days_past(now) > SLACK_DAYS:
            raise ClockLeapt(
                "This machine's clock is weeks past everything this relay has seen signed; nothing was started, what "
                "is stored is kept; set the clock, or if it is right start once with --clock-is-right."
            )

    def leapt(self, now: float) -> bool:
        """Whether to wait: `now` is past what was signed, and not to be believed yet."""
        past = self._days_past(now)
        if past <= TRUSTED_DAYS:
            self._since = None
            return False
        if self._since is None:
            self._state.events.emit(Event.CLOCK_LEAPT)
            self._since = now
        self._since = min(self._since, now)
        return past > SLACK_DAYS or now < self._since + BELIEVED_AFTER_S

    def present(self, now: float) -> float:
        """The time to go by at `now`: while waiting, the start of the page that is open."""
        return self._publisher.open_since if self.leapt(now) else now

    def _days_past(self, now: float) -> int:
        """By how many days `now` is past the newest signed one; of a relay that has signed nothing nothing is lost."""
        if self._descriptors.newest(self._state.number) is None:
            return 0
        known = [self._descriptors.newest(relay) for relay in self._state.roster.numbers]
        signed = [descriptor.day for descriptor in known if descriptor is not None]
        return day_of(now) - max(*signed, self._state.roster.issued_day)
