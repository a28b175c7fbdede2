"""Invariant 1 as a relay sees it: what leaves a relay, and when, is the same whatever its packets carry."""

from protocol.routes.exchange import Status
from tests.kits.world import START, World, cell


async def trace_of(busy: bool) -> list[tuple[float, int, int, int]]:
    """The same schedule twice: once everyone leaves cells and finds them, once cover alone."""
    async with World() as world:
        clients = [world.client(f"client {n}") for n in range(4)]
        statuses = []
        for slot in range(24):
            world.down = {2} if 6 <= slot < 9 else set()
            client = clients[slot % 4]
            take = bytes([slot % 8 if busy else slot + 100]) * 32
            wanted = bytes([(slot + 1) % 8 if busy else slot + 200]) * 32
            fetch, _ = client.fetch(wanted)
            statuses.append((await client.exchange(client.deposit(take, cell(slot)), fetch)).status)
            await world.run(2.3)
        await world.run(90)
        assert set(statuses) == {Status.OK}
        assert world.now > START
        return world.trace


async def test_same_schedule_gives_the_same_link_trace_with_a_relay_away() -> None:
    idle, busy = await trace_of(False), await trace_of(True)
    assert idle == busy
    assert len(idle) > 100
