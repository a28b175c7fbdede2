"""Short days of two couples, on the whole product: everybody idle, or everybody writing to their partner.

Four members with real vaults at three real relay cores (lab.worlds.world). The network is a quick one, so that a "day"
of sixty slots takes seconds; the seed, and with it every slot, is another one each day.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import structs

from lab.attacks.tracing import Floats
from lab.mutants.wrapping import wrapped
from lab.worlds.scenarios import NO_LOSSES, QUICK, START, silent_world
from lab.worlds.wire import Seen
from lab.worlds.world import World
from protocol.profile import Profile
from protocol.sizes import REQUEST_BYTES

DAY_S = 300.0
MEMBERS = 4
LETTERS_EACH = 6
SLOT_S = 5.0
PUSHED_S = 0.5
SETTING = replace(
    QUICK,
    constants=structs.replace(QUICK.constants, metered_slot_ms=5000, standard_slot_ms=5000, guarded_slot_ms=5000),
    profiles=(Profile.STANDARD,) * MEMBERS,
    duration_s=DAY_S,
    guards=(0,),
    losses=NO_LOSSES,
    letter_bytes=100,
)


@dataclass(frozen=True, slots=True)
class Day:
    """What a network observer has of one day: instants from its start of everybody's exchanges, and of what went over
    each link between relays."""

    busy: bool
    exchanges: tuple[Floats, ...]
    links: dict[tuple[str, str], Floats]


def partner(member: int) -> int:
    """The other half of a couple."""
    return member ^ 1


def day_of_world(scratch: Path, seed: int, *, busy: bool) -> Day:
    """Live one day and return what the network showed."""
    return _seen(asyncio.run(_lived(scratch, seed, busy)), busy)


async def _lived(scratch: Path, seed: int, busy: bool) -> list[Seen]:
    home = scratch / f"day{seed}"
    world = await silent_world(home, replace(SETTING, seed=seed))
    draws = np.random.default_rng(seed)
    for member in range(MEMBERS if busy else 0):
        for number in range(LETTERS_EACH):
            me, them = f"member{member}", f"member{partner(member)}"

            def write(_now: float, me: str, them: str, text: str) -> None:
                world.write(me, them, text)

            at = START + DAY_S * 0.85 * float(draws.random())
            world.at(at, partial(write, me=me, them=them, text=f"letter {number}"))
    await world.run(START + DAY_S)
    await world.close()
    return world.trace


def _seen(trace: list[Seen], busy: bool) -> Day:
    exchanges = tuple(
        np.array([seen.at - START for seen in trace if seen.sender == f"member{member}" and seen.size == REQUEST_BYTES])
        for member in range(MEMBERS)
    )
    links: dict[tuple[str, str], list[float]] = {}
    for seen in trace:
        if seen.sender.startswith("relay") and seen.receiver.startswith("relay"):
            links.setdefault((seen.sender, seen.receiver), []).append(seen.at - START)
    return Day(busy, exchanges, {ends: np.array(times) for ends, times in sorted(links.items())})


@contextmanager
def as_messengers_do() -> Iterator[None]:
    """A mistake for controls: what is written leaves at once, and half a second later the reader's device calls."""
    real = World.write

    def write(self: World, sender: str, receiver: str, text: str) -> None:
        real(self, sender, receiver, text)
        self.flush(self.clients[sender])

        async def call(_now: float) -> None:
            self.flush(self.clients[receiver])

        self.engine.at(self.now + PUSHED_S, receiver, call)

    with wrapped(World, write=write):
        yield


def days(
    scratch: Path,
    seeds: range,
    *,
    busy: Callable[[int], bool],
    mistake: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Iterator[Day]:
    """Live a day for every seed; `mistake` is made all the time (lab.mutants)."""
    with mistake():
        for seed in seeds:
            yield day_of_world(scratch, seed, busy=busy(seed))
