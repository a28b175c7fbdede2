"""The pump ships what is due, to each peer by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec.structs import replace

from protocol.community.roster import RosterRelay
from protocol.seams import RelayId
from relay.core.interface import SealedBatch
from relay.errors import StoreFailed
from relay.events import Event, Events, NoEvents
from relay.server.metrics import Tally
from relay.server.pump import Post, Pump
from tests.kits.communities import make_roster
from tests.kits.shellkit import FixedClock, PaperCore
from tests.kits.world import Noted


@asynccontextmanager
async def _pumping(
    core: PaperCore, post: Post, worked: asyncio.Event, events: Events | None = None, tally: Tally | None = None
) -> AsyncIterator[None]:
    pump = Pump(core, post, FixedClock(), worked, tally or Tally(), events or NoEvents())
    task = asyncio.create_task(pump.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


async def _until_fates(core: PaperCore, count: int) -> None:
    async with asyncio.timeout(5):
        while len(core.fates) < count:
            core.told.clear()
            await core.told.wait()


async def test_due_batches_are_posted_to_their_peers_and_their_fate_is_told() -> None:
    posted: list[str] = []

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        posted.append(peer.url)
        return b"ack" if peer.number == 1 else None

    one, two = SealedBatch(RelayId(1), b"one", 1), SealedBatch(RelayId(0), b"two", 2)
    core = PaperCore(due=[one, two])
    worked = asyncio.Event()
    async with _pumping(core, post, worked):
        await _until_fates(core, 2)
    assert sorted(core.fates, key=lambda fate: fate[0].token) == [(one, b"ack"), (two, None)]
    assert len(set(posted)) == 2


async def test_peer_that_left_the_roster_is_not_posted_to() -> None:

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        raise AssertionError("posted")

    gone = SealedBatch(RelayId(7), b"", 1)
    core = PaperCore(due=[gone])
    worked = asyncio.Event()
    async with _pumping(core, post, worked):
        await _until_fates(core, 1)
    assert core.fates == [(gone, None)]


async def test_a_roster_that_came_meanwhile_says_where_a_peer_is() -> None:
    posted: list[str] = []

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        posted.append(peer.url)
        return b"ack"

    core = PaperCore(due=[SealedBatch(RelayId(1), b"", 1)])
    worked = asyncio.Event()
    async with _pumping(core, post, worked):
        await _until_fates(core, 1)
        moved = [replace(relay, url="https://moved.example/x") for relay in core.roster.relays]
        core.roster = replace(core.roster, relays=tuple(moved))
        core.due.append(SealedBatch(RelayId(1), b"", 2))
        worked.set()
        await _until_fates(core, 2)
    assert posted == [make_roster(2).relay(RelayId(1)).url, "https://moved.example/x"]


async def test_slow_peer_holds_up_nobody_else() -> None:
    never = asyncio.Event()

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        if peer.number == 0:
            await never.wait()
        return b"ack"

    core = PaperCore(due=[SealedBatch(RelayId(0), b"", 1)])
    worked = asyncio.Event()
    async with _pumping(core, post, worked):
        await asyncio.sleep(0)
        core.due.append(SealedBatch(RelayId(1), b"", 2))
        worked.set()
        await _until_fates(core, 1)
    assert [batch.token for batch, _ in core.fates] == [2]


async def test_work_taken_in_wakes_the_pump() -> None:

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        return b"ack"

    core = PaperCore()
    worked = asyncio.Event()
    async with _pumping(core, post, worked):
        for _ in range(5):
            await asyncio.sleep(0)
        core.due.append(SealedBatch(RelayId(1), b"", 1))
        worked.set()
        await _until_fates(core, 1)


async def test_tidying_that_takes_for_ever_holds_up_no_batch() -> None:
    """As a database that rewrites a table may: an hour."""
    begun, never = asyncio.Event(), asyncio.Event()

    async def tidying() -> bool:
        begun.set()
        return await never.wait()

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        return b"ack"

    core = PaperCore(tidying=tidying)
    worked = asyncio.Event()
    async with _pumping(core, post, worked):
        await begun.wait()
        core.due.append(SealedBatch(RelayId(1), b"", 1))
        worked.set()
        await _until_fates(core, 1)
    assert core.tidied == 1


async def test_tidying_that_fails_is_logged_and_holds_up_no_batch() -> None:
    noted = Noted()

    async def tidying() -> bool:
        raise StoreFailed("the disk is full")

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        return b"ack"

    core = PaperCore(tidying=tidying, due=[SealedBatch(RelayId(1), b"", 1)])
    async with _pumping(core, post, asyncio.Event(), noted):
        await _until_fates(core, 1)
    assert core.tidied == 1
    assert [event for event, _ in noted.seen] == [Event.COMMIT_FAILED]


class Refusing(PaperCore):
    """Gives one batch out, and refuses every transaction from then on."""

    async def run_due(self, now: float) -> list[SealedBatch]:
        """Refuse when there is nothing in `due`."""
        if not self.due:
            raise StoreFailed("the disk is full")
        return await super().run_due(now)

    async def shipped(self, batch: SealedBatch, ack: bytes | None, now: float) -> None:
        """Refuse."""
        raise StoreFailed("the disk is full")


async def test_every_transaction_that_fails_is_counted() -> None:
    noted, tally = Noted(), Tally()

    async def tidying() -> bool:
        raise StoreFailed("the disk is full")

    async def post(peer: RosterRelay, body: bytes) -> bytes | None:
        return b"ack"

    worked = asyncio.Event()
    core = Refusing(tidying=tidying, due=[SealedBatch(RelayId(1), b"", 1)], due_at=0.0)
    async with _pumping(core, post, worked, noted, tally), asyncio.timeout(5):
        while len(noted.seen) < 3:  # noqa: ASYNC110  # the pump says nothing else
            await asyncio.sleep(0)
    assert {event for event, _ in noted.seen} == {Event.COMMIT_FAILED}
    assert tally.commits_failed == 3
