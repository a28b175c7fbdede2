"""Batches between relays: duplicates, strangers, hostile peers, contradictions, a store that fails."""

import pytest

from protocol.routes.frames import (
    NO_REF,
    Frame,
    FrameKind,
    open_ack,
)
from protocol.seams import RelayId
from protocol.sizes import FRAME_BODY_BYTES, STORE_REPLY_BYTES
from relay.core.interface import Count
from relay.core.links.sending import PROCESSES_HEARD
from relay.errors import StoreFailed
from tests.kits.links import PROCESS, batch, tell
from tests.kits.world import World, cell


async def test_duplicate_batch_is_acknowledged_and_causes_nothing() -> None:
    async with World() as world:
        await world.run(5)  # until every relay has the others' descriptors
        client = world.client("client")
        await client.exchange(client.deposit(b"t" * 32, cell(1)))
        world.now += 5
        batches = [s for s in await world.relays[0].run_due(world.now) if s.peer == 1]
        acks = [await world.relays[1].link(batches[-1].body, world.now) for _ in range(2)]
        assert all(len(ack) == 128 for ack in acks)
        taken = world.relays[1].counts[Count.PACKETS_ACCEPTED]
        before = world.relays[0].counts[Count.BATCHES_SHIPPED]
        await world.relays[0].shipped(batches[-1], acks[1], world.now)
        assert taken == 1
        assert world.relays[0].counts[Count.BATCHES_SHIPPED] == before + 1


async def test_stranger_and_reflected_batch_get_random_bytes() -> None:
    async with World() as world:
        frame = Frame(FrameKind.PIECE, NO_REF, b"x" * FRAME_BODY_BYTES)
        for sender, receiver in ((9, 0), (0, 0), (1, 2)):
            body, ack_key = batch([frame], 1, sender, receiver)
            answer = await world.relays[0].link(body, world.now)
            assert len(answer) == 128
            with pytest.raises(Exception, match="does not open"):
                open_ack(answer, ack_key)
        assert world.relays[0].counts[Count.BATCHES_REFUSED] == 3


async def test_reply_from_another_relay_than_was_asked_is_dropped() -> None:
    async with World() as world:
        client = world.client("client")
        fetch, _ = client.fetch(b"t" * 32)
        await client.exchange(fetch=fetch)
        async with world.stores[0].transaction() as tx:
            [(ref,)] = await tx.read("SELECT ref FROM returns")
        reply = Frame(FrameKind.REPLY, ref, b"x" * STORE_REPLY_BYTES)
        await tell(world, [reply], 50, sender=2)
        await tell(world, [Frame(FrameKind.REPLY, bytes(16), b"x" * STORE_REPLY_BYTES)], 51, sender=2)
        await world.run(20)
        assert (await client.exchange()).reply is not None


async def test_store_that_fails_accepts_nothing_and_recovers() -> None:
    async with World() as world:
        client = world.client("client")
        await client.exchange()
        connection = world.stores[0]._connection
        await connection.fetch("PRAGMA query_only = ON")
        with pytest.raises(StoreFailed):
            await client.exchange(client.deposit(b"t" * 32, cell(1)))
        await connection.fetch("PRAGMA query_only = OFF")
        await client.exchange(client.deposit(b"u" * 32, cell(2)))
        pool = world.relays[0]._state.pool
        async with world.stores[0].transaction() as tx:
            assert sorted(await tx.pool()) == sorted(pool._entries.values())


async def test_processes_of_one_sender_do_not_hide_each_others_batches() -> None:
    async with World() as world:
        frames = [Frame(FrameKind.PIECE, NO_REF, bytes(20))]
        first, second = batch(frames, 5)[0], batch(frames, 3, process=b"otherone")[0]
        for _ in range(2):
            for body in (first, second):
                await world.relays[0].link(body, world.now)
        async with world.stores[0].transaction() as tx:
            rows = [await tx.link(RelayId(1), process) for process in (PROCESS, b"otherone")]
        assert [row and (row.seq, row.seen) for row in rows] == [(5, 1), (3, 1)]


async def test_a_relay_that_starts_for_ever_is_remembered_in_bounds() -> None:
    async with World() as world:
        frames = [Frame(FrameKind.PIECE, NO_REF, bytes(20))]
        for number in range(PROCESSES_HEARD + 9):
            body, _ = batch(frames, process=number.to_bytes(8, "big"))
            await world.relays[0].link(body, world.now)
        assert (await world.stores[0].ranges("links", []))[0] == PROCESSES_HEARD
