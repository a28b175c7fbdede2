"""What a hostile relay achieves: `python -m lab.hostile [TRICK...]` plays every trick against real clients.

A world of two members and three relays, in which both write. One relay is hostile for half an hour of quick constants,
then honest for as long. For each trick: letters that arrived meanwhile and in the end, whether any came twice or
otherwise than it was written, and whether a slot was made, moved or skipped by it.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lab.hostile.guard import GUARD
from lab.hostile.relay import LINKS, HostileRelay
from lab.worlds.scenarios import QUICK, START, writing_world
from lab.worlds.scratch import folder_in_memory
from lab.worlds.wire import Losses
from lab.worlds.world import World
from protocol.profile import Profile
from protocol.seams import RelayId

SETTING = replace(
    QUICK, seed=31, profiles=(Profile.STANDARD, Profile.STANDARD), losses=Losses(), letters_each=3, letter_bytes=60
)
HOSTILE_S = 1800.0
HONEST_S = 2400.0
GUARD_NUMBER = RelayId(0)
STORE_NUMBER = RelayId(2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the letters of one trick. `slots`: see `slots_of`."""

    trick: str
    written: int
    meanwhile: int
    after: int
    wrong: int
    failed: int
    guards: int
    findings: int
    slots: frozenset[tuple[float, str, int]]


async def play(trick: str, home: Path, honest_s: float = HONEST_S) -> Outcome:
    """Let one relay play one trick: the guard those of GUARD, another relay those of LINKS."""
    world = await writing_world(home, SETTING)
    try:
        entropy = World.stream(SETTING.seed, f"lies/{trick}")
        if trick in GUARD:
            hostile = HostileRelay.turn(world.relays[GUARD_NUMBER], entropy, guard=trick)
        else:
            hostile = HostileRelay.turn(world.relays[STORE_NUMBER], entropy, links=trick)
        await world.run(START + HOSTILE_S)
        meanwhile = len(arrived_letters(world))
        hostile.repent()
        await world.run(START + HOSTILE_S + honest_s)
        arrived, true = Counter(arrived_letters(world)), Counter(written_letters(world))
        return Outcome(
            trick=trick,
            written=true.total(),
            meanwhile=meanwhile,
            after=(arrived & true).total(),
            wrong=(arrived - true).total(),
            failed=sum(client.postman.counts.failed for client in world.clients.values()),
            guards=len({seen.receiver for seen in world.trace if seen.sender in SETTING.names}),
            findings=sum(_tally(world, name, "board_findings") for name in SETTING.names),
            slots=slots_of(world),
        )
    finally:
        await world.close()


def arrived_letters(world: World) -> list[tuple[str, str, str]]:
    """Sender, receiver and text of all letters that came."""
    return [(sender, name, text) for name in SETTING.names for sender, text in world.received(name)]


def written_letters(world: World) -> list[tuple[str, str, str]]:
    """The same of all that were written; the label in front of a text names both people."""
    return [(text.split("/")[1], text.split("/")[2], text) for text in world.written]


def slots_of(world: World) -> frozenset[tuple[float, str, int]]:
    """What left the members' devices, and when."""
    return frozenset((seen.at, seen.sender, seen.size) for seen in world.trace if seen.sender in SETTING.names)


def _tally(world: World, name: str, what: str) -> int:
    with world.clients[name].vault.transaction() as tx:
        row = tx.find("SELECT value FROM tallies WHERE name = ?", (what,))
    return 0 if row is None else int(row[0])


def row(outcome: Outcome, honest: Outcome) -> str:
    """One line of the table."""
    slots = "the same" if outcome.slots == honest.slots else "DIFFERENT"
    return (
        f"| {outcome.trick} | {outcome.meanwhile} of {outcome.written} | {outcome.after} of {outcome.written} "
        f"| {outcome.wrong} | {outcome.failed} | {outcome.guards} | {outcome.findings} | {slots} |"
    )


async def run(tricks: Sequence[str]) -> bool:
    """Print the table; whether under every trick letters stayed what they were and slots where they were."""
    print("| trick | letters meanwhile | in the end | wrong or twice | failed | guards used | findings | slots |")
    print("|---|---|---|---|---|---|---|---|")
    good, honest = True, None
    for trick in ("honest", *(one for one in tricks if one != "honest")):
        with folder_in_memory() as home:
            outcome = await play(trick, home)
        honest = honest or outcome
        good &= not outcome.wrong and outcome.slots == honest.slots
        print(row(outcome, honest), flush=True)
    return good


def main(arguments: Sequence[str]) -> int:
    """Play the tricks that are named, or all; 0 when each did no harm."""
    parser = argparse.ArgumentParser(prog="python -m lab.hostile", description=__doc__)
    parser.add_argument("tricks", nargs="*", metavar="TRICK", help=f"one of: {', '.join((*GUARD, *LINKS))}")
    tricks = parser.parse_args(arguments).tricks
    if unknown := [trick for trick in tricks if trick not in (*GUARD, *LINKS)]:
        parser.exit(2, f"No trick is called {unknown[0]!r}; --help names them.\n")
    return 0 if asyncio.run(run(tricks or (*GUARD, *LINKS))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
