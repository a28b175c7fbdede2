"""Running a simulated world to its end."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from lab.scenarios import START, Setting
from lab.wire import Seen
from lab.world import World, multiset

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


def differing(one: list[Seen], other: list[Seen]) -> int:
    """Return how many things seen are in one trace only."""
    ours, theirs = multiset(one), multiset(other)
    return (ours - theirs).total() + (theirs - ours).total()
