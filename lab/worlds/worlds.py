"""Running simulated worlds to their end and comparing what they showed."""

from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Sequence
from pathlib import Path

from lab.worlds.relay_view import Known, watch_relays
from lab.worlds.scenarios import START, Setting
from lab.worlds.wire import Seen
from lab.worlds.world import World

LOOKS = 20

Maker = Callable[[Path, Setting], Awaitable[World]]


async def play(home: Path, setting: Setting, make: Maker) -> World:
    """Make a world and run it to its end; the caller closes it."""
    world = await make(home, setting)
    await world.run(START + setting.duration_s)
    return world


async def trace_of(home: Path, setting: Setting, make: Maker) -> list[Seen]:
    """Return what the whole network showed of a world from its beginning to its end."""
    world = await play(home, setting, make)
    await world.close()
    return world.trace


async def views_of(home: Path, setting: Setting, make: Maker) -> tuple[list[Seen], list[Known]]:
    """Return what the whole network showed of a world, and what its relays knew besides."""
    world = await make(home, setting)
    known = watch_relays(world)
    await world.run(START + setting.duration_s)
    await world.close()
    return world.trace, known


async def first_difference(home: Path, setting: Setting, makes: Sequence[Maker]) -> int:
    """Run worlds side by side until one differs from the first, looked at `LOOKS` times; how many things seen or known
    differ."""
    worlds = [await make(home / str(number), setting) for number, make in enumerate(makes)]
    known = [watch_relays(world) for world in worlds]
    found = 0
    for look in range(1, LOOKS + 1):
        for world in worlds:
            await world.run(START + setting.duration_s * look / LOOKS)
        found = sum(
            differing(worlds[0].trace, other.trace) + differing(known[0], theirs)
            for other, theirs in zip(worlds[1:], known[1:], strict=True)
        )
        if found:
            break
    for world in worlds:
        await world.close()
    return found


def differing(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Return how many things seen are in one world only, each counted as often as it was seen."""
    ours, theirs = Counter(one), Counter(other)
    return (ours - theirs).total() + (theirs - ours).total()
