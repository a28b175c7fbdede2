"""What is erased when its time is over, whoever is away."""

from tests.kits.world import World

TAKE = b"t" * 32
QUARTER_S = 6 * 3600.0
MIDDLE, STORE = 1, 2


async def ways_back(world: World) -> list[int]:
    """How many each relay keeps."""
    return [(await store.ranges("returns", []))[0] for store in world.stores]


async def test_the_way_back_of_a_fetch_is_kept_for_a_day_at_most() -> None:
    async with World() as world:
        world.down.add(STORE)
        client = world.client("client")
        fetch, _ = client.fetch(TAKE, MIDDLE, STORE)
        await client.exchange(fetch=fetch)
        await world.run(15)
        asked = world.now
        assert await ways_back(world) == [1, 1, 0]
        kept = []
        for quarter in range(1, 5):
            world.now = asked + quarter * QUARTER_S
            await world.step()
            kept.append(await ways_back(world))
        assert kept[1] == [1, 1, 0], "a reply may be long on its way"
        assert kept[3] == [0, 0, 0]
