"""Batches between relays: duplicates, strangers, hostile peers, contradictions, a store that fails."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.board.log import Entry, EntryKind
from protocol.board.page import encode_page
from protocol.board.pieces import split_entry
from protocol.community.access import wrap_access
from protocol.community.constants import Constants
from protocol.community.descriptor import sign_descriptor
from protocol.community.roster import roster_hash, sign_roster
from protocol.primitives.sealed_box import public_of
from protocol.routes.frames import (
    DOOR_KEY_DAY,
    NO_REF,
    AckStatus,
    Batch,
    Frame,
    FrameKind,
    LinkHead,
    link_secret,
    open_ack,
    seal_batch,
)
from protocol.routes.onion import open_reply
from protocol.seams import RelayId
from protocol.sizes import FRAME_BODY_BYTES, STORE_REPLY_BYTES
from protocol.streams.pigeonhole import Hole
from relay.core.interface import Count
from relay.core.links.sending import PROCESSES_HEARD, WINDOW, receive
from relay.errors import StoreFailed
from relay.events import Event
from relay.store.records import LinkRow
from tests.kits.world import SECRET, World, cell, relay_keys, seeded

ENTROPY = seeded("link tests")
PROCESS = b"process1"


def batch(
    frames: list[Frame], seq: int = 1, sender: int = 1, receiver: int = 0, process: bytes = PROCESS
) -> tuple[bytes, LinkHead, bytes]:
    """A batch of relay `sender`, under door keys."""
    head = LinkHead(RelayId(sender), RelayId(receiver), DOOR_KEY_DAY, DOOR_KEY_DAY)
    link = link_secret(relay_keys(sender).door_secret, public_of(relay_keys(receiver).door_secret))
    return seal_batch(head, link, Batch(process, seq, tuple(frames)), ENTROPY), head, link


def piece(entry: Entry) -> list[Frame]:
    return [Frame(FrameKind.PIECE, NO_REF, body) for body in split_entry(entry.encode())]


async def tell(world: World, frames: list[Frame], seq: int, sender: int = 1) -> AckStatus:
    body, head, link = batch(frames, seq, sender)
    return open_ack(await world.relays[0].link(body, world.now), head, link).status


async def test_duplicate_batch_is_acknowledged_and_causes_nothing() -> None:
    async with World() as world:
        client = world.client("client")
        await client.exchange(client.deposit(b"t" * 32, cell(1)))
        world.now += 5
        batches = [s for s in await world.relays[0].run_due(world.now) if s.peer == 1]
        acks = [await world.relays[1].link(batches[-1].body, world.now) for _ in range(2)]
        assert all(len(ack) == 128 for ack in acks)
        taken = world.relays[1].counts[Count.PACKETS_ACCEPTED]
        await world.relays[0].shipped(batches[-1], acks[1], world.now)
        assert taken == 1
        assert world.relays[0].counts[Count.BATCHES_SHIPPED] == 1


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


async def test_stranger_and_reflected_batch_get_random_bytes() -> None:
    async with World() as world:
        frame = Frame(FrameKind.PIECE, NO_REF, b"x" * FRAME_BODY_BYTES)
        for sender, receiver in ((9, 0), (0, 0), (1, 2)):
            body, head, link = batch([frame], 1, sender, receiver)
            answer = await world.relays[0].link(body, world.now)
            assert len(answer) == 128
            with pytest.raises(Exception, match="does not open"):
                open_ack(answer, head, link)
        assert world.relays[0].counts[Count.BATCHES_REFUSED] == 3


async def test_relay_speaks_only_for_itself() -> None:
    async with World() as world:
        await world.run(15)
        interval = world.roster.constants.interval_of(world.now)
        before = dict(world.relays[0]._publisher.board._lengths)
        page = Entry(EntryKind.PAGE, encode_page([Hole(b"h" * 32)], RelayId(2), interval))
        late = Entry(EntryKind.PAGE, encode_page([], RelayId(1), interval + 50))
        mark = Entry(EntryKind.MARK, bytes(4))
        for seq, entry in enumerate((page, late, mark, Entry(EntryKind.SEAL, bytes(200))), start=100):
            assert await tell(world, piece(entry), seq) is AckStatus.STORED
        assert world.relays[0]._publisher.board._lengths == before
        assert [event for event, _ in world.events[0].seen].count(Event.DESCRIPTOR_REFUSED) == 4


async def test_at_most_two_different_pages_of_an_interval_are_listed() -> None:
    async with World() as world:
        interval = world.roster.constants.interval_of(world.now)
        before = sum(world.relays[0]._publisher.board._lengths.values())
        sizes = []
        for n in range(4):
            page = Entry(EntryKind.PAGE, encode_page([Hole(bytes([n]) * 32)], RelayId(1), interval))
            await tell(world, piece(page) * 2, 100 + n)
            sizes.append(sum(world.relays[0]._publisher.board._lengths.values()) - before)
        assert sizes[1] == 2 * sizes[0]
        assert sizes[3] == sizes[1]


async def test_entry_in_pieces_is_joined_across_batches_and_a_restart() -> None:
    async with World() as world:
        interval = world.roster.constants.interval_of(world.now)
        holes = [Hole(n.to_bytes(32, "big")) for n in range(4000)]
        page = Entry(EntryKind.PAGE, encode_page(holes, RelayId(1), interval))
        frames = piece(page)
        assert len(frames) == 3
        for seq, frame in enumerate((frames[2], frames[0], frames[0], frames[1]), start=10):
            await tell(world, [frame], seq)
        client = world.client("client")
        while (response := await client.exchange()).next != response.end:
            pass
        assert page in client.entries
        async with world.stores[0].transaction() as tx:
            assert await tx.pieces(RelayId(1)) == []


async def test_reply_from_another_relay_than_was_asked_is_dropped() -> None:
    async with World() as world:
        client = world.client("client")
        fetch, _ = client.fetch(b"t" * 32)
        await client.exchange(fetch=fetch)
        async with world.stores[0].transaction() as tx:
            rows = await tx._read("SELECT ref FROM returns")
        [(ref,)] = rows[0]
        reply = Frame(FrameKind.REPLY, ref, b"x" * STORE_REPLY_BYTES)
        await tell(world, [reply], 50, sender=2)
        await tell(world, [Frame(FrameKind.REPLY, bytes(16), b"x" * STORE_REPLY_BYTES)], 51, sender=2)
        await world.run(20)
        assert (await client.exchange()).reply is not None


async def test_busy_receiver_keeps_nothing_and_is_tried_again() -> None:
    constants = Constants(page_ms=300_000, max_frames_per_page=1)
    async with World(constants=constants) as world:
        frame = Frame(FrameKind.PIECE, NO_REF, b"x" * FRAME_BODY_BYTES)
        statuses = {await tell(world, [frame], seq) for seq in range(3)}
        assert AckStatus.BUSY in statuses


async def test_new_roster_travels_and_brings_the_next_access_secret() -> None:
    async with World() as world:
        await world.run(15)
        box = wrap_access(world.roster.community_key, 1, b"\x43" * 32, b"\x42" * 32, ENTROPY)
        new = msgspec.structs.replace(
            world.roster, version=2, access_epoch=1, access_box=box, previous=roster_hash(world.roster)
        )
        forged = sign_roster(msgspec.structs.replace(new, previous=b"\1" * 32), SECRET)
        await tell(world, piece(Entry(EntryKind.ROSTER, forged)), 70)
        assert world.relays[0].roster.version == 1
        await tell(world, piece(Entry(EntryKind.ROSTER, sign_roster(new, SECRET))), 71)
        await world.run(10)
        assert [relay.roster.version for relay in world.relays] == [2, 2, 2]
        response = await world.client("client").exchange()
        assert (response.access, response.access_epoch) == (b"\x43" * 32, 1)


async def test_roster_that_one_operator_took_reaches_every_relay_and_the_board_once(tmp_path: Path) -> None:
    async with World(tmp_path, count=4) as world:
        await world.run(15)
        client = world.client("client")
        await client.exchange()
        world.down = {3}
        await world.run(20)
        left = [relay for relay in world.roster.relays if relay.number != 3]
        new = msgspec.structs.replace(world.roster, version=2, relays=tuple(left), previous=roster_hash(world.roster))
        world.roster_bytes = sign_roster(new, SECRET)
        await world.reopen(1)
        assert {entry[2] for entry in world.relays[1]._state.pool._entries.values()} <= {0, 1, 2}
        await world.run(20)
        assert [relay.roster.version for relay in world.relays] == [2, 2, 2, 1]
        while (await client.exchange()).stretch:
            pass
        rosters = [entry.body for entry in client.entries if entry.kind is EntryKind.ROSTER]
        assert rosters.count(world.roster_bytes) == 1
        assert [event for noted in world.events for event, _ in noted.seen if event is Event.DESCRIPTOR_REFUSED] == []


async def test_store_that_fails_accepts_nothing_and_recovers() -> None:
    async with World() as world:
        client = world.client("client")
        await client.exchange()
        writer = world.stores[0]._writer
        await writer.run(lambda connection: connection.execute("PRAGMA query_only = ON"))
        with pytest.raises(StoreFailed):
            await client.exchange(client.deposit(b"t" * 32, cell(1)))
        await writer.run(lambda connection: connection.execute("PRAGMA query_only = OFF"))
        await client.exchange(client.deposit(b"u" * 32, cell(2)))
        pool = world.relays[0]._state.pool
        async with world.stores[0].transaction() as tx:
            assert sorted(await tx.pool()) == sorted(pool._entries.values())


async def test_descriptor_of_a_day_to_come_is_not_listed() -> None:
    async with World() as world:
        mine = world.relays[1].descriptor
        assert mine is not None
        known = world.relays[0]._descriptors.newest(RelayId(1))
        for days in (2, 3000):
            body = sign_descriptor(replace(mine, day=mine.day + days), relay_keys(1).identity_secret)
            await tell(world, piece(Entry(EntryKind.DESCRIPTOR, body)), days)
        assert world.relays[0]._descriptors.newest(RelayId(1)) == known


async def test_roster_of_a_transaction_that_failed_is_adopted_when_it_comes_again() -> None:
    async with World() as world:
        following = msgspec.structs.replace(world.roster, version=2, previous=roster_hash(world.roster))
        frames = piece(Entry(EntryKind.ROSTER, sign_roster(following, SECRET)))
        writer = world.stores[0]._writer
        refuse = "CREATE TEMP TRIGGER refuse BEFORE INSERT ON links BEGIN SELECT RAISE(ABORT, 'full'); END"
        await writer.run(lambda connection: connection.execute(refuse))
        with pytest.raises(StoreFailed):
            await tell(world, frames, 1)
        await writer.run(lambda connection: connection.execute("DROP TRIGGER refuse"))
        await world.relays[0].run_due(world.now)
        assert world.relays[0].roster.version == 1
        await tell(world, frames, 1)
        assert world.relays[0].roster.version == 2
        async with world.stores[0].transaction() as tx:
            assert [version for version, _ in await tx.rosters()] == [1, 2]


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
            body, _, _ = batch(frames, process=number.to_bytes(8, "big"))
            await world.relays[0].link(body, world.now)
        assert (await world.stores[0].ranges("links", []))[0] == PROCESSES_HEARD


def test_a_day_that_went_back_does_not_age_what_was_heard() -> None:
    row = LinkRow(RelayId(1), PROCESS, 50, 1, 9)
    assert receive(row, RelayId(1), PROCESS, 51, 8) == LinkRow(RelayId(1), PROCESS, 51, 3, 9)
