"""Invariant 3 at the shell: no answer without a commit, and nothing but random bytes when there was none."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from protocol.seams import SeededEntropy
from protocol.sizes import BATCH_OVERHEAD, FRAME_BYTES, LINK_ACK_BYTES, REQUEST_BYTES
from relay.errors import StoreAway, StoreFailed
from relay.events import Event, NoEvents, StructuredEvents
from relay.server.group_commit import MAX_COMMIT_EXCHANGES, MAX_FAILURES, MAX_WAITING_EXCHANGES, GroupCommit
from relay.server.metrics import Tally
from tests.kits.shellkit import STANDARD, FixedClock, PaperCore

_BODY = bytes(REQUEST_BYTES)
_BATCH = bytes(BATCH_OVERHEAD + FRAME_BYTES)


def _group_commit(core: PaperCore, tally: Tally | None = None) -> GroupCommit:
    return GroupCommit(core, FixedClock(), SeededEntropy(b"i" * 32), tally or Tally(), NoEvents())


@asynccontextmanager
async def _running(group_commit: GroupCommit) -> AsyncIterator[None]:
    task = asyncio.create_task(group_commit.run())
    try:
        yield
    finally:
        task.cancel()


async def test_no_answer_before_its_commit() -> None:
    core = PaperCore()
    core.gate.clear()
    group_commit = _group_commit(core)
    async with _running(group_commit):
        asking = asyncio.create_task(group_commit.exchange(_BODY))
        done, _ = await asyncio.wait([asking], timeout=0.05)
        assert not done
        core.gate.set()
        assert len(await asking) == STANDARD


async def test_what_arrives_during_a_commit_shares_the_next_one() -> None:
    core = PaperCore()
    group_commit = _group_commit(core)
    async with _running(group_commit):
        await asyncio.gather(*(group_commit.exchange(_BODY) for _ in range(MAX_COMMIT_EXCHANGES + 5)))
    assert core.groups == [MAX_COMMIT_EXCHANGES, 5]


async def test_sync_bodies_count_as_eight() -> None:
    core = PaperCore()
    group_commit = _group_commit(core)
    async with _running(group_commit):
        await asyncio.gather(*(group_commit.exchange(_BODY * 8) for _ in range(10)))
    assert core.groups == [8, 2]


async def test_beyond_the_bound_answers_are_random_and_of_the_same_size() -> None:
    core = PaperCore()
    core.gate.clear()
    tally = Tally()
    group_commit = _group_commit(core, tally)
    async with _running(group_commit):
        waiting = [asyncio.create_task(group_commit.exchange(_BODY)) for _ in range(MAX_WAITING_EXCHANGES)]
        await asyncio.sleep(0)
        over = [await group_commit.exchange(_BODY), await group_commit.exchange(_BODY)]
        assert len(await group_commit.exchange(_BODY * 8)) == 8 * STANDARD
        core.gate.set()
        await asyncio.gather(*waiting)
        assert len(await group_commit.exchange(_BODY)) == STANDARD
    assert {len(answer) for answer in over} == {STANDARD}
    assert over[0] != over[1]
    assert tally.overloaded == 3
    assert sum(core.groups) == MAX_WAITING_EXCHANGES + 1


async def test_refused_commit_gives_random_bytes_and_is_counted() -> None:
    core = PaperCore(fault=StoreFailed("no space"))
    tally = Tally()
    group_commit = _group_commit(core, tally)
    async with _running(group_commit):
        assert len(await group_commit.exchange(_BODY)) == STANDARD
        assert len(await group_commit.link(_BATCH)) == LINK_ACK_BYTES
        assert not group_commit.worked.is_set()
        core.fault = None
        await group_commit.exchange(_BODY)
        assert group_commit.worked.is_set()
    assert tally.commits_failed == 2
    assert tally.commits == 1


@pytest.mark.parametrize("fault", [StoreFailed("no space"), OSError("no space"), KeyError()])
async def test_store_that_keeps_refusing_ends_the_process(fault: Exception) -> None:
    """Whatever it raises: it is no body's fault where a group of none is refused as well."""
    group_commit = _group_commit(PaperCore(fault=fault))
    running = asyncio.create_task(group_commit.run())
    for _ in range(MAX_FAILURES):
        await group_commit.exchange(_BODY)
    with pytest.raises(StoreFailed):
        await running


async def test_a_database_that_is_away_is_waited_for() -> None:
    core = PaperCore(fault=StoreAway("away"))
    group_commit = _group_commit(core)
    async with _running(group_commit):
        for _ in range(3 * MAX_FAILURES):
            assert len(await group_commit.exchange(_BODY)) == STANDARD
            assert len(await group_commit.link(_BATCH)) == LINK_ACK_BYTES
        assert core.groups == []
        core.fault = None
        await group_commit.exchange(_BODY)
        assert core.groups == [1]


async def test_asker_that_left_does_not_disturb_the_others() -> None:
    core = PaperCore()
    core.gate.clear()
    group_commit = _group_commit(core)
    async with _running(group_commit):
        leaving = asyncio.create_task(group_commit.exchange(_BODY))
        staying = asyncio.create_task(group_commit.exchange(_BODY))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        core.gate.set()
        assert len(await staying) == STANDARD
    assert sum(core.groups) == 2


async def test_overload_is_reported_once_an_hour() -> None:
    out = io.StringIO()
    events = StructuredEvents(out, FixedClock())
    group_commit = GroupCommit(PaperCore(), FixedClock(), SeededEntropy(b"i" * 32), Tally(), events)
    waiting = [asyncio.create_task(group_commit.exchange(_BODY)) for _ in range(MAX_WAITING_EXCHANGES)]
    await asyncio.sleep(0)
    for _ in range(3):
        await group_commit.exchange(_BODY)
    for task in waiting:
        task.cancel()
    assert out.getvalue().count(Event.OVERLOADED) == 1
