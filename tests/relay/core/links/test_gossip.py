"""What relays tell each other of the board: pages, descriptors and rosters, each relay for itself alone."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from protocol.board.log import Entry, EntryKind
from protocol.board.page import encode_page
from protocol.community.access import wrap_access
from protocol.community.descriptor import sign_descriptor
from protocol.community.roster import roster_hash, sign_roster
from protocol.routes.frames import (
    AckStatus,
)
from protocol.seams import RelayId
from protocol.streams.pigeonhole import Hole
from relay.events import Event
from tests.kits.links import ENTROPY, piece, tell
from tests.kits.world import SECRET, World, relay_keys


async def test_relay_speaks_only_for_itself() -> None:
    async with World() as world:
        await world.run(15)
        interval = world.roster.constants.interval_of(world.now)
        before = dict(world.relays[0]._publisher.board._lengths)
        page = Entry(EntryKind.PAGE, encode_page([Hole(b"h" * 32)], RelayId(2), interval))
        late = Entry(EntryKind.PAGE, encode_page([], RelayId(1), interval + 10_000))
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
        connection = world.stores[0]._connection
        refuse = "CREATE TEMP TRIGGER refuse BEFORE INSERT ON links BEGIN SELECT RAISE(ABORT, 'full'); END"
        await connection.change(refuse)
        with pytest.raises(ValueError, match="does not take"):
            await tell(world, frames, 1)
        await connection.change("DROP TRIGGER refuse")
        await world.relays[0].run_due(world.now)
        assert world.relays[0].roster.version == 1
        await tell(world, frames, 1)
        assert world.relays[0].roster.version == 2
        async with world.stores[0].transaction() as tx:
            assert [version for version, _ in await tx.rosters()] == [1, 2]


async def test_a_second_descriptor_of_a_day_is_told_and_not_listed() -> None:
    """Whoever read the first one and whoever read the second would seal to different keys."""
    async with World() as world:
        await world.run(5)
        mine = world.relays[1].descriptor
        assert mine is not None
        body = sign_descriptor(replace(mine, day_key=mine.slow_key), relay_keys(1).identity_secret)
        await tell(world, piece(Entry(EntryKind.DESCRIPTOR, body)), 7)
        assert world.relays[0]._descriptors.newest(RelayId(1)) == mine
        client = world.client("client")
        for _ in range(6):
            await client.exchange()
        assert body not in [entry.body for entry in client.entries]
        assert (Event.EQUIVOCATION_SEEN, {"peer": 1}) in world.events[0].seen
