"""`make lab`: what an observer could learn, measured on the real code in simulated worlds.

M1: how many of the (time, from, to, size) that the whole network shows differ between a world in which nobody writes
and one in which everybody does. Its controls are the mutants, which must differ. M15: bytes of a writing world over
bytes of a silent one. Prints the table and writes lab/out/lab.json. Exit code 1 if a verdict is not as it should be.
"""

import asyncio
import json
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from lab.mutants import MUTANTS
from lab.scenarios import QUICK, START, Setting, silent_world, writing_world
from lab.wire import Seen
from lab.world import multiset

OUT = Path("lab/out/lab.json")
WORDS = {
    (False, True): "ok",
    (False, False): "MISSED",
    (True, True): "must fail, fails",
    (True, False): "must fail, PASSES",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the table. `control`: it must miss the threshold, else the lab is worth nothing."""

    id: str
    setting: str
    value: float
    threshold: float
    ok: bool
    control: bool


async def traces(setting: Setting) -> tuple[list[Seen], list[Seen]]:
    """Return what the network shows when nobody writes, and when everybody does."""
    found: list[list[Seen]] = []
    for make in (silent_world, writing_world):
        with tempfile.TemporaryDirectory(prefix="sosik-lab-") as name:
            world = await make(Path(name), setting)
            await world.run(START + setting.duration_s)
            await world.close()
            found.append(world.trace)
    return found[0], found[1]


def differing(silent: list[Seen], writing: list[Seen]) -> int:
    """Return how many things seen are in one world only."""
    ours, theirs = multiset(silent), multiset(writing)
    return (ours - theirs).total() + (theirs - ours).total()


def measure(name: str, mutant: AbstractContextManager[None], control: bool) -> list[Verdict]:
    """Compare the two worlds, with a mutant switched on or without."""
    with mutant:
        silent, writing = asyncio.run(traces(QUICK))
    count = differing(silent, writing)
    verdicts = [Verdict("M1", name, count, 0, (count == 0) != control, control)]
    if not control:
        ratio = sum(seen.size for seen in writing) / sum(seen.size for seen in silent)
        verdicts.append(Verdict("M15", name, ratio, 1, ratio == 1, control))
    return verdicts


def main() -> int:
    """Measure everything, print and write."""
    verdicts = measure("as it is", nullcontext(), control=False)
    for name, mutant in track(MUTANTS.items(), "controls", console=Console(stderr=True)):
        verdicts += measure(name, mutant(), control=True)
    table = Table("id", "setting", "value", "threshold", "verdict")
    for one in verdicts:
        kind = "must fail, fails" if one.control and one.ok else "must fail, PASSES" if one.control else None
        table.add_row(
            one.id, one.setting, f"{one.value:g}", f"{one.threshold:g}", kind or ("ok" if one.ok else "MISSED")
        )
    Console().print(table)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps([asdict(one) for one in verdicts], indent=2) + "\n")
    return 0 if all(one.ok for one in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
