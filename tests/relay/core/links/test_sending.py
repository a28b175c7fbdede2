"""Sending to a peer: the same batch until it is acknowledged, and nothing that came too late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.community.constants import Constants
from protocol.routes.frames import (
    NO_REF,
    Ack,
    AckStatus,
    Frame,
    FrameKind,
    seal_ack,
)
from protocol.routes.onion import open_reply, seal_deposit
from protocol.seams import RelayId
from protocol.sizes import FRAME_BODY_BYTES
from relay.core.interface import Count
from relay.core.links.sending import MAX_BACKOFF_MS, WINDOW, receive
from relay.store.records import LinkRow
from tests.kits.links import PROCESS, tell
from tests.kits.world import World, cell, door, seeded


async def test_lost_acknowledgement_sends_the_same_batch_again() -> None:
    async with World() as world:
        client = world.client("client")
        await client.exchange(client.deposit(b"t" * 32, cell(1)))
        world.now += 5
        for batch in await world.relays[0].run_due(world.now):
            await world.relays[batch.peer].link(batch.body, world.now)
            await world.relays[0].shipped(batch, None, world.now)
        await world.run(30)
        assert world.relays[1].counts[Count.PACKETS_ACCEPTED] == 1
        fetch, keys = client.fetch(b"t" * 32)
        await client.exchange(fetch=fetch)
        await world.run(15)
        await client.exchange()
        assert open_reply(keys, client.replies[0]) == cell(1)


@pytest.mark.parametrize("ahead", [5 * 3600, 20 * 3600], ids=["+5 h", "+20 h"])
async def test_a_link_that_failed_by_a_clock_that_was_ahead_is_tried_within_the_longest_wait(ahead: int) -> None:
    """It was dead for as long as the clock had been ahead."""
    async with World() as world:
        world.down = {1, 2}
        await world.run(MAX_BACKOFF_MS / 1000)
        right, world.now = world.now, world.now + ahead
        await world.run(MAX_BACKOFF_MS / 1000)  # failures by the wrong clock
        world.now, world.down = right + 60, set()
        shipped = world.relays[0].counts[Count.BATCHES_SHIPPED]
        await world.run(MAX_BACKOFF_MS / 1000 + 1)
        assert world.relays[0].counts[Count.BATCHES_SHIPPED] > shipped


async def test_packets_wait_until_an_ml_kem_key_of_the_peer_is_known() -> None:
    """Relay 1 is away from the start: relay 0 knows its door from the roster, and no key that a recorder lacks."""
    async with World() as world:
        world.down = {1}
        client = world.client("client")
        keys = {number: door(number).curve for number in world.roster.numbers}
        packet = seal_deposit(client.route(), keys | world.packet_keys(), b"h" * 32, cell(1), client.entropy)
        world.relays[0]._descriptors._known.pop(world.relays[1]._state.number, None)
        await client.exchange(packet)
        await world.run(30)
        peers, number = world.relays[0]._peers, world.relays[1]._state.number
        planned = [row for _, rows in peers.plan(number, round(world.now * 1000) + 10**6) for row in rows]
        kinds = {entry[3] for entry in map(world.relays[0]._state.pool._entries.__getitem__, planned)}
        assert kinds == {FrameKind.PIECE}
        assert world.relays[0].next_due(world.now) > world.now
        world.down = set()
        await world.run(90)
        assert world.relays[1].counts[Count.PACKETS_ACCEPTED] == 1


async def test_fetch_that_waited_too_long_for_a_relay_is_not_handed_on_but_a_deposit_is() -> None:
    """Its reader asks again within the hour: the store would see one take twice at once."""
    async with World() as world:
        client = world.client("client")
        fetch, _ = client.fetch(b"t" * 32)
        await client.exchange(client.deposit(b"t" * 32, cell(1)), fetch)
        world.now += world.roster.constants.fetch_late_ms / 1000 + 60
        await world.run(30)
        assert world.relays[1].counts[Count.PACKETS_ACCEPTED] == 1
        fetch, keys = client.fetch(b"t" * 32)
        await client.exchange(fetch=fetch)
        await world.run(15)
        await client.exchange()
        assert open_reply(keys, client.replies[0]) == cell(1)


async def test_busy_receiver_keeps_nothing_and_is_tried_again() -> None:
    constants = Constants(page_ms=300_000, max_frames_per_page=1)
    async with World(constants=constants) as world:
        frame = Frame(FrameKind.PIECE, NO_REF, b"x" * FRAME_BODY_BYTES)
        statuses = {await tell(world, [frame], seq) for seq in range(3)}
        assert AckStatus.BUSY in statuses


@given(st.lists(st.integers(1, 200), max_size=60))
def test_a_batch_inside_the_window_is_heard_once(numbers: list[int]) -> None:
    row: LinkRow | None = None
    heard: set[int] = set()
    for seq in numbers:
        after = receive(row, RelayId(1), PROCESS, seq, 9)
        recent = row is None or seq > row.seq - WINDOW
        if recent:
            assert (after is None) == (seq in heard)
        heard.add(seq)
        row = after or row
        assert row is not None
        assert row.seen < 1 << 63


def test_a_day_that_went_back_does_not_age_what_was_heard() -> None:
    row = LinkRow(RelayId(1), PROCESS, 50, 1, 9)
    assert receive(row, RelayId(1), PROCESS, 51, 8) == LinkRow(RelayId(1), PROCESS, 51, 3, 9)


async def test_a_batch_that_a_busy_peer_acknowledged_keeps_its_packets_and_goes_again() -> None:
    async with World() as world:
        await world.run(5)
        client = world.client("client")
        await client.exchange(client.deposit(b"t" * 32, cell(1)))
        sender, receiver = world.relays[0], world.relays[1]
        world.now += 60
        batches = [batch for batch in await sender.run_due(world.now) if batch.peer == 1]
        waiting = sender.waiting
        for batch in batches:
            _, ack_key, opened = receiver._peers.open(batch.body, world.now)
            busy = seal_ack(ack_key, Ack(opened.process, opened.seq, AckStatus.BUSY), seeded("busy"))
            await sender.shipped(batch, busy, world.now)
        assert batches
        assert sender.waiting == waiting
        accepted = receiver.counts[Count.PACKETS_ACCEPTED]
        await world.run(30)
        assert receiver.counts[Count.PACKETS_ACCEPTED] == accepted + 1
