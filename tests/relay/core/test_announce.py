"""Entries for other relays."""

from protocol.board.log import Entry, EntryKind
from protocol.board.pieces import EntryJoiner
from protocol.seams import RelayId
from relay.core.state import Work
from tests.kits.world import World


async def test_entries_leave_one_by_one_in_the_order_in_which_they_were_announced() -> None:
    async with World() as world:
        relay = world.relays[0]
        entries = [Entry(EntryKind.ROSTER, bytes([n]) * 9000) for n in range(3)]
        tick_ms = relay._state.constants.link_tick_ms
        async with world.stores[0].transaction(alone=True) as tx:
            before = {entry[1] for entry in await tx.pool()}
            for entry in entries:
                relay._announcer.send(Work(tx, world.now, tick_ms), entry, [RelayId(1)])
        async with world.stores[0].transaction() as tx:
            numbers = [number for _, number, _, _ in await tx.pool() if number not in before]
            rows = sorted(await tx.packets(numbers), key=lambda row: row.due_ms)
        joiner = EntryJoiner()
        whole = [found for row in rows if (found := joiner.add(row.body)) is not None]
        assert whole == [entry.encode() for entry in entries]
        assert len({row.due_ms for row in rows}) == len(entries)
