"""Which page interval a relay is in: by its clock, unless most of the others are in another one.

More than half of all relays, not counting us, outweigh our clock: behind it they have to be heard to go on cutting
pages, for those that stopped tell nothing of the time; ahead of it what they signed is enough. A page that we cut late
waits for those of others to come, so no two relays can lead each other away from their clocks.
Invariant: the answer is our clock's interval, or one whose page before that many others have cut.
Spec: docs/protocol.md, Board pages.
Decision 122.
"""

from collections.abc import Iterable
from typing import Final

from protocol.board.chain import Chains
from protocol.primitives.days import DAY_S
from protocol.primitives.waits import Wait
from protocol.seams import RelayId
from relay.core.state import RelayState

# Pages are on their way for seconds; what is further behind than this, and goes on, has another clock.
SLACK_PAGES: Final = 3
# Who cut no page for so long has stopped, or cannot reach us.
QUIET_PAGES: Final = 3
# More than any pause between two looks.
LEAP_S: Final = 30.0


class Pace:
    """How far the others have come with their pages, and whether they go on."""

    def __init__(self, state: RelayState) -> None:
        self._state = state
        self._heard: dict[RelayId, tuple[int, Wait]] = {}
        self._looked = 0.0

    def interval(self, chains: Chains, now: float) -> int:
        """The page interval at `now`."""
        self._look(chains, now)
        constants = self._state.constants
        own = constants.interval_of(now)
        first, last = own - SLACK_PAGES, own + future_pages(self._state)
        theirs = sorted(page + 1 for page, _ in self._heard.values())
        going_on = sorted(page + 1 for page, quiet in self._heard.values() if not quiet.is_over(now))
        needed = len(self._state.roster.relays) // 2 + 1
        ahead = [interval for interval in reversed(theirs) if own < interval <= last]
        behind = [interval for interval in going_on if interval < first]
        if len(ahead) >= needed:
            return ahead[needed - 1]
        return behind[needed - 1] if len(behind) >= needed else own

    def _look(self, chains: Chains, now: float) -> None:
        """Note who has cut a page since. Where our clock leapt, everybody is given the time to do so anew."""
        page_s = self._state.constants.page_s
        leapt, self._looked = now - self._looked > max(LEAP_S, SLACK_PAGES * page_s), now
        for peer, page in _heard(chains, self._state.peers):
            known = self._heard.get(peer)
            if known is None or known[0] != page or leapt:
                self._heard[peer] = (page, Wait(now, QUIET_PAGES * page_s))


def future_pages(state: RelayState) -> int:
    """How many pages past our clock's those of others may be: a day's, for a clock of ours that is behind."""
    return DAY_S * 1000 // state.constants.page_ms


def _heard(chains: Chains, peers: Iterable[RelayId]) -> Iterable[tuple[RelayId, int]]:
    return [(peer, page) for peer in peers if (page := chains.heard(peer)) is not None]
