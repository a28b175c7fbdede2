"""What a hostile member achieves: `python -m lab.hostile.members [ATTACK...]` plays every attack against real relays.

A world of two members and three relays with small caps, in which both write; somebody who holds the access secret sends
to the guard for ten minutes of quick constants. For each attack: letters that arrived meanwhile and in the end, the
sizes of answers, the most rows a table of the guard had against its cap, and whether a slot of an honest client moved.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from lab.hostile.__main__ import SETTING, arrived_letters, slots_of, written_letters
from lab.hostile.client import ATTACKS, NAME, HostileClient
from lab.worlds.scenarios import START, writing_world
from lab.worlds.scratch import folder_in_memory
from lab.worlds.world import World
from protocol.seams import RelayId

CAPS = {
    "max_shelves": 40,
    "max_exchanges_per_page": 60,
    "max_packets": 400,
    "max_tags": 40,
    "max_replies_per_shelf": 16,
}
MEMBERS = replace(SETTING, constants=msgspec.structs.replace(SETTING.constants, **CAPS))
PER_S = 6.0
"""Twice what the cap of exchanges lets in."""
ATTACK_FROM_S, ATTACK_S, HONEST_S = 200.0, 600.0, 2600.0
EVERY_S = 50.0
GUARD_NUMBER = RelayId(0)
TABLES = ("shelves", "replies", "packets", "returns", "holes")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the letters, and of the guard. `most`: rows of its tables when they were most."""

    attack: str
    written: int
    meanwhile: int
    after: int
    wrong: int
    sizes: frozenset[int]
    most: Mapping[str, int]
    slots: frozenset[tuple[float, str, int]]

    @property
    def bounded(self) -> bool:
        """Whether what has a cap of its own stayed within it."""
        return (
            self.most["shelves"] <= CAPS["max_shelves"]
            and self.most["packets"] <= CAPS["max_packets"]
            and self.most["replies"] <= CAPS["max_shelves"] * CAPS["max_replies_per_shelf"]
        )


async def play(attack: str, home: Path) -> Outcome:
    """Let a member attack the guard; `none` is the control."""
    world = await writing_world(home, MEMBERS)
    try:
        most: Counter[str] = Counter()
        if attack in ATTACKS:
            entropy = World.stream(MEMBERS.seed, f"attack/{attack}")
            world.at(
                START + ATTACK_FROM_S,
                lambda now: HostileClient(world, GUARD_NUMBER, entropy).attack(attack, PER_S, now, ATTACK_S),
            )
        for number in range(1, round((ATTACK_FROM_S + ATTACK_S) / EVERY_S) + 1):
            world.engine.at(START + EVERY_S * number, "count", partial(_count, world, most))
        await world.run(START + ATTACK_FROM_S + ATTACK_S)
        meanwhile = len(arrived_letters(world))
        await world.run(START + ATTACK_FROM_S + ATTACK_S + HONEST_S)
        arrived, true = Counter(arrived_letters(world)), Counter(written_letters(world))
        return Outcome(
            attack=attack,
            written=true.total(),
            meanwhile=meanwhile,
            after=(arrived & true).total(),
            wrong=(arrived - true).total(),
            sizes=frozenset(seen.size for seen in world.trace if seen.receiver in (NAME, *MEMBERS.names)),
            most=most,
            slots=slots_of(world),
        )
    finally:
        await world.close()


async def _count(world: World, most: Counter[str], _now: float) -> None:
    store = world.relays[GUARD_NUMBER].service._store
    for table in TABLES:
        rows = (await store.ranges(table, []))[0]
        most[table] = max(most[table], rows)


async def run(attacks: Sequence[str]) -> bool:
    """Print the table; whether letters stayed whole, slots alone, and tables within their caps."""
    print(f"| attack | letters meanwhile | in the end | wrong | answers | {' | '.join(TABLES)} | slots |")
    print("|---" * (6 + len(TABLES)) + "|")
    good, honest = True, None
    for attack in ("none", *attacks):
        with folder_in_memory() as home:
            outcome = await play(attack, home)
        honest = honest or outcome
        same = outcome.slots == honest.slots
        good &= same and outcome.bounded and outcome.after == outcome.written and not outcome.wrong
        sizes, rows = ", ".join(map(str, sorted(outcome.sizes))), " | ".join(str(outcome.most[t]) for t in TABLES)
        print(
            f"| {attack} | {outcome.meanwhile} of {outcome.written} | {outcome.after} of {outcome.written} "
            f"| {outcome.wrong} | {sizes} | {rows} | {'the same' if same else 'DIFFERENT'} |",
            flush=True,
        )
    return good


def main(arguments: Sequence[str]) -> int:
    """Make the attacks that are named, or all; 0 when each kept within its bounds."""
    parser = argparse.ArgumentParser(prog="python -m lab.hostile.members", description=__doc__)
    parser.add_argument("attacks", nargs="*", metavar="ATTACK", help=f"one of: {', '.join(ATTACKS)}")
    attacks = parser.parse_args(arguments).attacks
    if unknown := [attack for attack in attacks if attack not in ATTACKS]:
        parser.exit(2, f"No attack is called {unknown[0]!r}; --help names them.\n")
    return 0 if asyncio.run(run(attacks or tuple(ATTACKS))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
