"""One body, frame or row that raises something unforeseen, planted in real cores: everything beside it goes its way."""

import asyncio
import io

import pytest

from protocol.board.log import Entry, EntryKind
from protocol.board.page import encode_page
from protocol.errors import ProtocolError
from protocol.primitives.kem import Encapsulated
from protocol.primitives.sealed_box import box_tag
from protocol.routes.exchange import Status, open_response
from protocol.routes.frames import NO_REF, AckStatus, Frame, FrameKind, open_ack
from protocol.seams import RelayId, SeededEntropy
from protocol.streams.pigeonhole import Take, hole_of
from relay.core.interface import Count
from relay.core.links import sending
from relay.core.links.gossip import Gossip
from relay.core.state import Work
from relay.events import Event, StructuredEvents
from relay.server.group_commit import MAX_FAILURES, GroupCommit
from relay.server.metrics import Tally
from tests.kits.links import batch, piece, tell
from tests.kits.poison import plant
from tests.kits.shellkit import STANDARD, FixedClock
from tests.kits.world import World, cell


async def test_one_poisoned_request_costs_nobody_else_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty of them do not end the relay, nor fill its log."""
    async with World(count=1) as world:
        poison: set[bytes] = set()
        plant(monkeypatch, poison)
        tally, log = Tally(), io.StringIO()
        events = StructuredEvents(log, FixedClock())
        group_commit = GroupCommit(world.relays[0], FixedClock(world.now), SeededEntropy(b"p" * 32), tally, events)
        running = asyncio.create_task(group_commit.run())
        bad = world.client("bad")
        packet = bad.deposit(take(1), cell(1), 0, 0)
        poison.add(box_tag(packet))
        bad_body, bad_key = bad.request(packet)
        for _ in range(MAX_FAILURES + 1):
            async with asyncio.timeout(60):  # a relay that has ended answers nobody
                assert len(await group_commit.exchange(bad_body)) == STANDARD
        assert not running.done()
        made = [world.client(f"good {number}").request() for number in range(20)]
        bodies = [body for body, _ in made]
        bodies.insert(7, bad_body)
        answers = await asyncio.gather(*map(group_commit.exchange, bodies))
        assert {len(answer) for answer in answers} == {STANDARD}
        refused = answers.pop(7)
        assert [open_response(key, answer).status for (_, key), answer in zip(made, answers, strict=True)] == [
            Status.OK
        ] * 20
        with pytest.raises(ProtocolError):
            open_response(bad_key, refused)
        assert (tally.bodies_poisoned, tally.commits_failed) == (MAX_FAILURES + 2, 0)
        assert log.getvalue().count(Event.INTERNAL_ERROR) == 1
        running.cancel()


async def stored(world: World, number: int, relay: int = 2) -> list[int]:
    """Which of the first cells a relay has."""
    holes = {bytes(hole_of(Take(take(n)))): n for n in range(number)}
    async with world.stores[relay].transaction() as tx:
        return sorted(holes[hole] for hole in await tx.cells([*holes]))


def take(number: int) -> bytes:
    return bytes([number]) * 32


async def deposits(world: World, middle: int, number: int = 5) -> list[int]:
    """Cells on their way to relay 2; the row numbers of their packets at relay 0, in the order of the cells."""
    await world.run(5)  # until every relay has the others' descriptors
    client = world.client("client")
    ids: list[int] = []
    for n in range(number):
        await client.exchange(client.deposit(take(n), cell(n), middle=middle))
        entries = world.relays[0]._state.pool._entries.values()
        ids += [e[1] for e in entries if e[3] == FrameKind.PACKET and e[1] not in ids]
    return ids


async def body_of(world: World, number: int) -> bytes:
    async with world.stores[0].transaction() as tx:
        return (await tx.packets([number]))[0].body


async def test_one_poisoned_frame_is_dropped_and_its_batch_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the other relay would bring it again and again."""
    async with World() as world:
        poison: set[bytes] = set()
        plant(monkeypatch, poison)
        ids = await deposits(world, middle=1)
        poison.add(box_tag(await body_of(world, ids[3])))
        failed = world.relays[0].counts[Count.BATCHES_FAILED]
        await world.run(60)
        assert await stored(world, 5) == [0, 1, 2, 4]
        assert world.relays[1].counts[Count.POISONED] == 1
        assert world.relays[0].counts[Count.BATCHES_FAILED] == failed
        assert len(world.relays[0]._state.pool) == 0


async def test_a_batch_with_poison_that_comes_twice_causes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with World() as world:
        poison: set[bytes] = set()
        plant(monkeypatch, poison)
        ids = await deposits(world, middle=1)
        poison.add(box_tag(await body_of(world, ids[3])))
        frames = [Frame(FrameKind.PACKET, NO_REF, await body_of(world, number)) for number in ids]
        receiver = world.relays[1]
        for _ in range(2):
            body, ack_key = batch(frames, 77, 0, 1)
            assert open_ack(await receiver.link(body, world.now), ack_key).status is AckStatus.STORED
        assert (receiver.counts[Count.PACKETS_ACCEPTED], receiver.counts[Count.PACKETS_REPLAYED]) == (4, 4)
        poison.clear()
        body, ack_key = batch(frames, 77, 0, 1)
        await receiver.link(body, world.now)
        assert receiver.counts[Count.PACKETS_ACCEPTED] == 4  # heard before: nothing is looked at


async def test_one_poisoned_piece_of_the_board_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with World() as world:
        interval = world.roster.constants.interval_of(world.now)
        pages = [Entry(EntryKind.PAGE, encode_page([], RelayId(1), at)) for at in (interval - 1, interval)]
        bad, _ = frames = [frame for page in pages for frame in piece(page)]
        join = Gossip._join

        async def raising(self: Gossip, work: Work, sender: RelayId, body: bytes) -> bytes | None:
            if body == bad.body:
                raise KeyError
            return await join(self, work, sender, body)

        monkeypatch.setattr(Gossip, "_join", raising)
        assert await tell(world, frames, 9) is AckStatus.STORED
        async with world.stores[0].transaction() as tx:
            listed = [len(await tx.listed(EntryKind.PAGE, 1, at)) for at in (interval - 1, interval)]
        assert listed == [0, 1]
        assert world.relays[0].counts[Count.POISONED] == 1


async def test_one_row_that_cannot_be_peeled_keeps_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    async with World() as world:
        poison: set[bytes] = set()
        plant(monkeypatch, poison)
        ids = await deposits(world, middle=0)
        poison.add(box_tag(await body_of(world, ids[1])))
        await world.run(60)
        assert await stored(world, 5) == [0, 2, 3, 4]
        assert world.relays[0].counts[Count.POISONED] == 1
        assert len(world.relays[0]._state.pool) == 0
        async with world.stores[0].transaction() as tx:
            assert await tx.packets(ids) == []


async def test_one_row_that_cannot_be_sealed_keeps_nothing_back() -> None:
    """It raises after the commit: what was planned beside it must not be under way to nobody."""
    async with World() as world:
        ids = await deposits(world, middle=1)
        await world.stores[0]._connection.fetch("UPDATE packets SET body = x'00' WHERE id = ?", (ids[2],))
        await world.run(60)
        assert await stored(world, 5) == [0, 1, 3, 4]
        assert world.relays[0].counts[Count.POISONED] == 1
        assert len(world.relays[0]._state.pool) == 0
        async with world.stores[0].transaction() as tx:
            assert await tx.packets(ids) == []


async def test_without_a_key_to_seal_to_everything_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no packet's fault."""
    async with World() as world:
        await deposits(world, middle=1)

        def no_key(key: bytes) -> Encapsulated:
            raise KeyError

        with monkeypatch.context() as planted:
            planted.setattr(sending, "encapsulate", no_key)
            await world.run(30)
        assert world.relays[0].counts[Count.POISONED] == 0
        await world.run(120)
        assert await stored(world, 5) == [0, 1, 2, 3, 4]
        assert len(world.relays[0]._state.pool) == 0
