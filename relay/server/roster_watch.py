"""Asks the others why they do not hear us, and ends a relay that the community has taken off its roster.

Only while more than half of the others have acknowledged nothing for the time of a seal, and then one of them in each
such time. Spec: docs/protocol.md, Relay.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from protocol.community.roster import RosterRelay
from protocol.profile import Profile
from protocol.seams import Clock
from protocol.sizes import RESPONSE_BYTES
from relay.core.interface import Relay
from relay.errors import TAKEN_OFF, RosterProblem
from relay.events import Events
from relay.server.metrics import Tally, count_failure

Ask = Callable[[RosterRelay, bytes, int], Awaitable[bytes | None]]
LOOK_S: Final = 60.0


class RosterWatch:
    """See the module. `post` brings a body to a relay and returns an answer of so many bytes."""

    def __init__(self, core: Relay, post: Ask, tally: Tally, events: Events) -> None:
        self._core = core
        self._post = post
        self._tally = tally
        self._events = events
        self._unheard_since: float | None = None
        self._asked = 0

    async def run(self, clock: Clock) -> None:
        """Look again and again. RosterProblem: the roster names this relay no more."""
        while True:
            fixed = self._core.roster.constants
            await asyncio.sleep(min(LOOK_S, fixed.page_s))
            await self.look(clock.now())

    async def look(self, now: float) -> None:
        """Ask if it is time. RosterProblem: the roster names this relay no more."""
        if self._core.is_off_roster:
            raise RosterProblem(TAKEN_OFF)
        if not self._core.unheard:
            self._unheard_since = None
            return
        fixed = self._core.roster.constants
        if self._unheard_since is None or now < self._unheard_since:
            self._unheard_since = now
        if now - self._unheard_since < fixed.pages_per_seal * fixed.page_s:
            return
        self._unheard_since = now
        peers = self._core.peers
        question = self._core.ask(peers[self._asked % len(peers)])
        self._asked += 1
        answer = await self._post(
            self._core.roster.relay(question.peer), question.body, RESPONSE_BYTES[Profile.STANDARD]
        )
        if answer is None:
            return
        try:
            await self._core.take_answer(question, answer, now)
        except Exception as error:
            count_failure(error, self._tally, self._events)
            return
        if self._core.is_off_roster:
            raise RosterProblem(TAKEN_OFF)
