"""What a relay that is gone does to letters, and what it shows that not everybody knows it yet: `python -m
lab.report.silence`.

Real relays and clients in a simulated world; one of three relays stops for good. Letters are written before, while not
everybody goes around it, and from when all do. The second table is worked out from the schedule: how much the relays of
a packet tell of whether its sender goes around, for shares of people who do.
"""

import asyncio
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from client_cli.community.silence import silences
from lab.report.latency import middle_and_high
from lab.worlds.community import make_community
from lab.worlds.scenarios import START
from lab.worlds.world import World
from protocol.community.constants import Constants
from protocol.community.roster import Roster
from protocol.routes.schedule import middle_choices, store_choices
from protocol.seams import RelayId

GONE: Final = RelayId(2)
PER_SEAL: Final = 12
"""Looks in the time of a seal."""
LONGEST: Final = 12
"""Seals within which everybody must have learnt of it."""


@dataclass(frozen=True, slots=True)
class Silent:
    """Minutes that letters took which were written `before` the relay was gone, while that was `unknown` to some, and
    `after`; infinite for one that did not come. `known_after_s`: from its end until everybody went around it."""

    before: list[float]
    unknown: list[float]
    after: list[float]
    known_after_s: float


@dataclass(slots=True)
class _People:
    """Members of a world who write to each other in turn."""

    world: World
    names: list[str]
    step_s: float
    every: int
    arrived: dict[str, float] = field(default_factory=dict)

    async def live(self, steps: int, *, writing: bool = True) -> list[str]:
        """Let time pass, with a letter at every so many steps; the letters."""
        written = []
        for step in range(steps):
            if writing and step % self.every == 0:
                number, people = len(self.world.written), len(self.names)
                reader = (number + 1 + number // people % (people - 1)) % people
                written.append(f"letter {number}")
                self.world.write(self.names[number % people], self.names[reader], written[-1])
            await self.world.run(self.world.now + self.step_s)
            for name in self.names:
                for _, text in self.world.received(name):
                    self.arrived.setdefault(text, self.world.now)
        return written

    def go_around(self) -> bool:
        """Whether everybody goes around the relay that is gone."""
        return all(self._goes_around(name) for name in self.names)

    def _goes_around(self, name: str) -> bool:
        with self.world.clients[name].vault.transaction() as tx:
            return any(silence.relay == GONE for silence in silences(tx, self.world.now))


async def letters_around(
    home: Path, constants: Constants, *, clients: int, seals: int, rest: int, every: int = 1
) -> Silent:
    """Write for so many seals before and after, and in between for as long as it takes; then wait for `rest` seals."""
    world = await World.make(home, seed=10, start=START, constants=constants, guards=(0, 1))
    names = [f"member{number}" for number in range(clients)]
    for here, name in enumerate(names):
        world.add_client(name)
        for other in names[:here]:
            world.introduce(name, other)
    for name in names:
        world.go_online(name)
    people = _People(world, names, constants.pages_per_seal * constants.page_s / PER_SEAL, every)
    await people.live(3 * PER_SEAL, writing=False)
    before = await people.live(seals * PER_SEAL)
    await people.live(3 * PER_SEAL, writing=False)
    await world.stop_relay(GONE)
    gone_at, unknown = world.now, list[str]()
    while not people.go_around() and world.now < gone_at + LONGEST * PER_SEAL * people.step_s:
        unknown += await people.live(every)
    known_at = world.now
    after = await people.live(seals * PER_SEAL)
    await people.live(rest * PER_SEAL, writing=False)
    await world.close()
    took = {text: (people.arrived.get(text, math.inf) - at) / 60 for text, at in world.written.items()}
    phases = [[took[text] for text in part] for part in (before, unknown, after)]
    return Silent(phases[0], phases[1], phases[2], known_at - gone_at)


def told_bits(roster: Roster, share: float, guard: RelayId, silent: Collection[RelayId]) -> tuple[float, float]:
    """How many bits of whether its sender goes around `silent` a packet from `guard` tells (middle, store), if a
    `share` of people does and packets are theirs by chance: mutual information."""
    seen = [(_routes(roster, guard, quiet), part) for quiet, part in ((silent, share), ((), 1 - share))]
    return _information(seen, 0), _information(seen, 1)


def _routes(roster: Roster, guard: RelayId, silent: Collection[RelayId]) -> dict[tuple[RelayId, RelayId], float]:
    """The chance of each (middle, store)."""
    stores = store_choices(roster, silent)
    found: dict[tuple[RelayId, RelayId], float] = {}
    for store in stores:
        middles = middle_choices(roster, guard, store, silent)
        for middle in middles:
            found[middle, store] = 1 / len(stores) / len(middles)
    return found


def _information(seen: list[tuple[dict[tuple[RelayId, RelayId], float], float]], end: int) -> float:
    joint: dict[tuple[RelayId, int], float] = {}
    for group, (routes, part) in enumerate(seen):
        for route, chance in routes.items():
            joint[route[end], group] = joint.get((route[end], group), 0.0) + part * chance
    relays: dict[RelayId, float] = defaultdict(float)
    for (relay, _), chance in joint.items():
        relays[relay] += chance
    groups = [part for _, part in seen]
    return sum(p * math.log2(p / (relays[relay] * groups[group])) for (relay, group), p in joint.items() if p > 0)


def main() -> int:
    """Print both tables."""
    with tempfile.TemporaryDirectory(prefix="sosik-lab-") as name:
        silent = asyncio.run(letters_around(Path(name), Constants(), clients=3, seals=4, rest=8))
    table = Table("letters written", "how many", "p50, minutes", "p95")
    for phase, minutes in (("before", silent.before), ("not known to all", silent.unknown), ("after", silent.after)):
        table.add_row(phase, str(len(minutes)), *(f"{part:.0f}" for part in middle_and_high(minutes)))
    Console().print(table)
    print(f"everybody goes around it {silent.known_after_s / 3600:.1f} h after its end")
    table = Table("relays", "share that goes around", "middle tells, bits", "store tells")
    for relays in (3, 5, 7):
        roster = make_community(
            World.stream(10, "roster"), relays=relays, guards=(0,), constants=Constants(), now=START
        ).roster
        for share in (0.1, 0.5, 0.9):
            told = told_bits(roster, share, RelayId(0), {RelayId(relays - 1)})
            table.add_row(str(relays), f"{share:.0%}", *(f"{bits:.2f}" for bits in told))
    Console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
