"""Keys over weeks: they come and go with the days, and their tags with them, also when a clock is set back."""

from pathlib import Path

from protocol.primitives.days import DAY_S, day_of
from protocol.routes.onion import open_reply
from relay.core.mix.keys import KeyRing
from relay.events import Event
from relay.store.records import KeyKind
from tests.kits.world import SLOW, START, World, cell


def held(ring: KeyRing, kind: KeyKind) -> list[int]:
    return sorted(row.period for row in ring.rows if row.kind is kind)


async def test_keys_rotate_for_weeks_and_old_ones_are_erased_with_their_tags() -> None:
    async with World(constants=SLOW) as world:
        client = world.client("client")
        for day in range(19):
            take = bytes([day]) * 32
            await client.exchange(client.deposit(take, cell(day)))
            await world.run(DAY_S / 2)
            fetch, keys = client.fetch(take)
            await client.exchange(fetch=fetch)
            await world.run(DAY_S / 2)
            await client.exchange()
            assert open_reply(keys, client.replies[-1]) == cell(day)
            today = day_of(world.now)
            ring = world.relays[0]._state.ring
            expected = list(range(max(day_of(START), today - 2), today + 2))
            assert held(ring, KeyKind.DAY) == held(ring, KeyKind.LINK) == expected
        assert len(held(ring, KeyKind.SLOW)) == 3
        async with world.stores[0].transaction() as tx:
            assert [row.period for row in await tx.keys() if row.kind is KeyKind.DAY] == expected
        assert (await world.stores[0].ranges("tags", ["period"]))[1][0] == (expected[0], today)
        # Cells of the first weeks are gone, those of the last days are kept.
        rows, [span] = await world.stores[2].ranges("cells", ["day"])
        assert span is not None
        assert span[0] >= today - 6
        assert rows <= 7


async def test_links_use_rotating_keys_and_survive_a_restart_of_the_peer(tmp_path: Path) -> None:
    async with World(tmp_path, constants=SLOW) as world:
        await world.run(2 * DAY_S)
        peers = world.relays[0]._peers
        head, _, _ = peers._keys_for(
            world.relays[1]._state.number, peers._link_state(world.relays[1]._state.number), world.now
        )
        assert (head.sender_key_day, head.receiver_key_day) == (day_of(world.now) + 1, day_of(world.now) + 1)
        await world.reopen(1)
        await world.run(DAY_S)
        assert all(len(relay._state.pool) == 0 for relay in world.relays)


async def test_relay_that_lost_its_database_is_heard_again() -> None:
    async with World(constants=SLOW) as world:
        await world.run(DAY_S)
        number = world.relays[1]._state.number
        known = world.relays[0]._descriptors.of(number)
        await world.reopen(1)  # in memory: everything is lost, and its keys are others now
        await world.run(DAY_S)
        assert all(len(relay._state.pool) == 0 for relay in world.relays)
        # Its batches open, under door keys; but what it had published for these days stays what is believed.
        assert world.relays[0]._descriptors.of(number) == known
        assert world.relays[1].descriptor not in known
        told = [fields for event, fields in world.events[0].seen if event is Event.EQUIVOCATION_SEEN]
        assert {"peer": number} in told


async def test_clock_set_back_neither_erases_nor_remakes_keys(tmp_path: Path) -> None:
    async with World(tmp_path, constants=SLOW) as world:
        await world.run(4 * DAY_S)
        rows = world.relays[0]._state.ring.rows
        board = world.relays[0]._publisher.board
        lengths = dict(board._lengths)
        world.now -= 3 * DAY_S
        await world.reopen(0)
        await world.relays[0].run_due(world.now)
        assert world.relays[0]._state.ring.rows == tuple(sorted(rows, key=lambda row: (row.kind, row.period)))
        after = world.relays[0]._publisher.board._lengths
        assert {interval: after[interval] for interval in sorted(lengths)[:-1]} == {
            interval: lengths[interval] for interval in sorted(lengths)[:-1]
        }
