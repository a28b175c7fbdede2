"""Both ends of a shelf as one machine: a real relay on its file and the state of a client, read back after every step.

Exchanges overlap, are lost on the way there or back, come twice and late; the relay is killed, days pass and names
change. Every reply that was put on the shelf is taken exactly once.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from client_cli.post.shelf import (
    FIRST_REPLY,
    MAX_OUT_OF_ORDER,
    Shelf,
    answered,
    new_shelf,
    number_to_collect,
    renamed,
)
from lab.worlds.scratch import MEMORY
from protocol.community.constants import Constants
from protocol.errors import ProtocolError
from protocol.profile import Profile
from protocol.routes import onion
from protocol.routes.exchange import LATEST_KEY_BLOCK, PassKind, Request, Status, open_response, seal_request
from protocol.routes.onion import ReplyKeys, Route, open_reply, seal_fetch
from protocol.seams import RelayId
from protocol.sizes import FETCH_FIELD_BYTES, PACKET_FIELD_BYTES
from tests.kits.world import ACCESS, World, door, seeded

QUIET = Constants(mean_hold_ms=1000, reply_hold_ms=1000, page_ms=3_600_000, key_block_ms=21_600_000)
ROUTE = Route(RelayId(0), RelayId(0), RelayId(0), 0.5, 0.5, 0.5)
DAY_S = 86_400.0
NIGHTS_MAX = 10
"""Fewer days than a relay keeps a reply: an expired one is lost, as it should be."""
FLIGHTS_MAX = 6

_T = TypeVar("_T")


@dataclass(slots=True)
class Flight:
    """An exchange under way. `answer` is what the relay said, None if the request was lost."""

    request: Request
    answer: bytes | None


class Shelves(RuleBasedStateMachine):
    """A client at a guard that is the only relay, so that fetches come back by themselves."""

    @initialize()
    def begin(self) -> None:
        """A new shelf at a new relay."""
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="sosik-test-", dir=MEMORY if MEMORY.is_dir() else None))
        self.world = World(self.folder, count=1, constants=QUIET)
        self._do(self.world.__aenter__())
        self.crypto = seeded("shelf machine")
        self.shelf = new_shelf(self.crypto)
        self.flights: list[Flight] = []
        self.nights = 0
        self.waiting: list[ReplyKeys] = []
        self.taken: dict[int, ReplyKeys] = {}

    def teardown(self) -> None:
        """Whatever happened: when nothing is lost any more, every reply is taken."""
        if not hasattr(self, "world"):
            return
        try:
            self.flights.clear()
            self._do(self.world.run(10.0))
            for _ in range(2 * len(self.waiting) + 4):
                self._begin_exchange(fetch=False, times=1)
                self._answer(0)
            assert not self.waiting
            assert not self.shelf.collected
        finally:
            self._do(self.world.__aexit__())
            self.loop.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _do(self, step: Coroutine[Any, Any, _T]) -> _T:
        return self.loop.run_until_complete(step)

    def _keep(self, shelf: Shelf) -> None:
        self.shelf = msgspec.msgpack.decode(msgspec.msgpack.encode(shelf), type=Shelf)
        assert self.shelf == shelf

    def _begin_exchange(self, *, fetch: bool, times: int) -> None:
        """Seal a request as the client does; the relay gets it `times` times."""
        if not self.flights:
            self._keep(renamed(self.shelf, self.crypto))
        box, keys = onion.seal_discard(None, FETCH_FIELD_BYTES, self.crypto), None
        if fetch:
            box, keys = seal_fetch(ROUTE, self.world.packet_keys(), self.crypto(32), self.crypto)
        request = Request(
            Profile.STANDARD,
            PassKind.ACCESS,
            ACCESS,
            self.shelf.name,
            self.shelf.next_name,
            number_to_collect(self.shelf, {flight.request.collect for flight in self.flights}),
            self.shelf.durable,
            self.crypto(32),
            LATEST_KEY_BLOCK,
            onion.seal_discard(None, PACKET_FIELD_BYTES, self.crypto),
            box,
        )
        body = seal_request(request, door(0), self.crypto)
        answers = [self._do(self.world.relays[0].exchanges([body], self.world.now))[0] for _ in range(times)]
        if answers and keys is not None:
            self.waiting.append(keys)
        self.flights.append(Flight(request, answers[-1] if answers else None))

    def _answer(self, place: int) -> None:
        """An answer arrives: what it brought is taken, and the state kept."""
        flight = self.flights.pop(place)
        if flight.answer is None:
            return
        request, response = flight.request, open_response(flight.request.response_key, flight.answer)
        assert response.status is Status.OK
        number = None
        if response.reply is not None:
            number, body = response.reply
            self._take(number, body)
        self._keep(
            answered(self.shelf, request.next_shelf, request.collect, request.durable, number, response.shelf_end)
        )

    def _take(self, number: int, body: bytes) -> None:
        for keys in [*self.waiting, *self.taken.values()]:
            try:
                open_reply(keys, body)
            except ProtocolError:
                continue
            assert self.taken.setdefault(number, keys) is keys
            self.waiting = [other for other in self.waiting if other is not keys]
            return
        raise AssertionError("a reply that answers nothing")

    @precondition(lambda self: len(self.flights) < FLIGHTS_MAX)
    @rule(fetch=st.booleans(), times=st.sampled_from([1, 1, 1, 2, 0]))
    def exchange_begins(self, fetch: bool, times: int) -> None:
        """A slot: its request reaches the relay once, twice, or never."""
        self._begin_exchange(fetch=fetch, times=times)

    @precondition(lambda self: self.flights)
    @rule(data=st.data())
    def answer_comes(self, data: st.DataObject) -> None:
        """In whatever order."""
        self._answer(data.draw(st.integers(0, len(self.flights) - 1)))

    @precondition(lambda self: self.flights)
    @rule(data=st.data())
    def answer_is_lost(self, data: st.DataObject) -> None:
        """The relay has done what it was asked; the client does not know."""
        self.flights.pop(data.draw(st.integers(0, len(self.flights) - 1)))

    @rule(seconds=st.sampled_from([1.0, 3.0, 10.0]))
    def time_passes(self, seconds: float) -> None:
        """Fetches come back."""
        self._do(self.world.run(seconds))

    @precondition(lambda self: self.nights < NIGHTS_MAX)
    @rule()
    def night_passes(self) -> None:
        """The shelf gets another name at the first slot of a day; what is under way when a day ends comes back."""
        self.nights += 1
        self._do(self.world.run(10.0))
        self._do(self.world.run(DAY_S - self.world.now % DAY_S + 60.0))

    @rule()
    def relay_is_killed(self) -> None:
        """Nothing in memory is saved."""
        self._do(self.world.reopen(0))

    @rule()
    def client_is_killed(self) -> None:
        """Exchanges under way are forgotten."""
        self.flights.clear()

    @invariant()
    def nothing_is_called_durable_that_was_not_taken(self) -> None:
        """All numbers below the durable one, and those noted out of order, were taken or never had a reply."""
        if not hasattr(self, "shelf"):
            return
        assert self.shelf.durable >= FIRST_REPLY
        assert len(self.shelf.collected) <= MAX_OUT_OF_ORDER
        assert set(range(FIRST_REPLY, self.shelf.durable)) | set(self.shelf.collected) <= set(self.taken)


TestShelves = Shelves.TestCase
TestShelves.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
