"""Sending to a peer: the same batch until it is acknowledged, and nothing that came too late."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.community.constants import Constants
from protocol.routes.frames import (
    NO_REF,
    AckStatus,
    Frame,
    FrameKind,
)
from protocol.routes.onion import open_reply
from protocol.seams import RelayId
from protocol.sizes import FRAME_BODY_BYTES
from relay.core.interface import Count
from relay.core.links.sending import WINDOW, receive
from relay.store.records import LinkRow
from tests.kits.links import PROCESS, tell
from tests.kits.world import World, cell


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
