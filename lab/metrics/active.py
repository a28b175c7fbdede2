"""A1, A2, A4 and M1 with a guard that acts: it treats one client at a time, and is the storing relay of a third of all
packets.

A1 counts the cells whose writer or reader the guard reads off what it told to one client alone; a passive one reads off
none. A2 counts the keys that one client alone was told and that
were used, and the clients that it muted for good: what still comes through it is then of whoever it spared. M1: with
such a guard as well, worlds in which nobody and everybody writes look the same, whoever is left and when. Control: the
rule of Spec: docs/protocol.md, Agreement, undone.
"""

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import protocol.board.agreement
from client_cli.community.relays import live_keys, load_network
from client_cli.vault.vault import Vault
from lab.hostile.one_client import EACH, HONEST, ONE_CLIENT, OneClientGuard
from lab.hostile.suspicions import Score, Suspicion, true_slots
from lab.mutants.wrapping import wrapped
from lab.report.verdict import Scale, Verdict, at_most, exactly
from lab.worlds.scenarios import NO_LOSSES, QUICK, START, Setting, silent_world, writing_world
from lab.worlds.world import World
from lab.worlds.worlds import Maker, first_difference
from protocol.profile import Profile
from protocol.seams import RelayId

GUARD: Final = RelayId(0)
A_DAY_S: Final = 5760.0
"""A day of a real network, whose holds and pages are fifteen times those of the quick one."""
SETTING: Final = replace(
    QUICK,
    seed=31,
    profiles=(Profile.STANDARD,) * 5,
    losses=NO_LOSSES,
    letters_each=1,
    letter_bytes=60,
    duration_s=A_DAY_S,
)
SHORT_S: Final = 1500.0
"""Long enough for a guard that withholds to be left, and for letters to come through the next one."""
NEWCOMER_S: Final = 7800.0
"""Longer than two seals of a real network: who was shown no roster knows no other constants."""
NO_ROSTER: Final = ("rosters left out", "the board stands still")
"""Tricks on somebody who has just come."""
WARM_S: Final = 300.0
"""Before that newcomers read keys, and pools fill."""
NOISE: Final = 3.0
"""Standard deviations that the luckiest of some forty suspicious guards may be above the honest one."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What a trick brought. `cells`: holes whose writer or reader was read off; `pairs`: who writes to whom; `used`:
    layers sealed to a key of one client; `left`: clients that went to another guard; `mute`: clients that can seal to
    no two relays at the end; `score`: how often the guard suspects rightly."""

    cells: int
    pairs: int
    used: int
    letters: int
    written: int
    left: int
    mute: int
    score: Score


@contextmanager
def agreement_undone() -> Iterator[None]:
    """Every key that a guard shows is used."""
    words: Any = protocol.board.agreement.Words
    with wrapped(words, agree=lambda *_, **__: True, disagree=lambda *_, **__: []):
        yield


async def play(home: Path, trick: str, setting: Setting, seconds: float) -> Gain:
    """A world in which everybody writes to everybody and the guard plays one trick throughout."""
    world = await writing_world(home, setting)
    try:
        guard = OneClientGuard.turn(world.relays[GUARD], World.stream(setting.seed, trick), guard=trick)
        with true_slots() as truth:
            await world.run(START + seconds)
        notebook = guard.notebook
        suspicion = Suspicion(world.relays[GUARD].name, notebook, world.trace, setting.names, setting.constants)
        return Gain(
            cells=notebook.named,
            pairs=len(notebook.pairs),
            used=guard.opened,
            letters=sum(len(world.received(name)) for name in setting.names),
            written=len(world.written),
            left=len(
                {seen.sender for seen in world.trace if seen.receiver == "relay1" and seen.sender in setting.names}
            ),
            mute=sum(len(_live(client.vault, world.now)) < 2 for client in world.clients.values()),
            score=suspicion.score(truth, START + WARM_S),
        )
    finally:
        await world.close()


def _live(vault: Vault, now: float) -> Collection[RelayId]:
    with vault.transaction() as tx:
        roster = load_network(tx).roster
        return () if roster is None else live_keys(tx, roster, now)


def hostile(make: Maker, trick: str) -> Maker:
    """The same world with a guard that plays a trick from its first moment."""

    async def made(home: Path, setting: Setting) -> World:
        world = await make(home, setting)
        OneClientGuard.turn(world.relays[GUARD], World.stream(setting.seed, trick), guard=trick)
        return world

    return made


def seconds_of(trick: str, scale: Scale = Scale.QUICK) -> float:
    """How long a trick is played."""
    if trick in NO_ROSTER:
        return NEWCOMER_S
    return A_DAY_S if trick == EACH or scale is Scale.FULL else SHORT_S


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Every trick for a while, the worst of them for a day; with the control."""
    found = []
    honest = {
        seconds: asyncio.run(play(scratch / f"honest {seconds:g}", HONEST, SETTING, seconds)).score
        for seconds in (SHORT_S, A_DAY_S)
    }
    honest[NEWCOMER_S] = honest[A_DAY_S]
    for number, trick in enumerate(ONE_CLIENT):
        seconds = seconds_of(trick, scale)
        gain = asyncio.run(play(scratch / str(number), trick, SETTING, seconds))
        found.append(at_most("A1", f"guard, {trick}: cells named", gain.cells, 0))
        found.append(at_most("A2", f"guard, {trick}: keys of one client used", gain.used, 0))
        found.append(at_most("A2", f"guard, {trick}: clients muted for good", gain.mute, 0))
        above = gain.score.above(honest[seconds])
        found.append(at_most("A4", f"guard, {trick}: right suspicions above an honest one's", above, NOISE))
    with agreement_undone():
        gain = asyncio.run(play(scratch / "undone", EACH, SETTING, SHORT_S))
    found.append(at_most("A1", f"agreement undone, {EACH}: cells named", gain.cells, 0, control=True))
    found.append(at_most("A2", f"agreement undone, {EACH}: keys of one client used", gain.used, 0, control=True))
    above = gain.score.above(honest[SHORT_S])
    found.append(
        at_most("A4", f"agreement undone, {EACH}: right suspicions above an honest one's", above, NOISE, control=True)
    )
    for trick in (EACH, "seals of others left out", "replies swallowed", "pages left out"):
        setting = replace(SETTING, duration_s=SHORT_S)
        makes = (hostile(silent_world, trick), hostile(writing_world, trick))
        differing = asyncio.run(first_difference(scratch / f"M1 {trick}", setting, makes))
        found.append(exactly("M1", f"guard, {trick}: silent against writing", differing, 0))
    return found


if __name__ == "__main__":
    import sys

    from lab.worlds.scratch import folder_in_memory

    for name in sys.argv[1:] or ONE_CLIENT:
        with folder_in_memory() as folder:
            print(name, asyncio.run(play(folder, name, SETTING, seconds_of(name))), flush=True)
