"""M1, controls: with one mistake switched on, the worlds must differ, else comparing them is worth nothing."""

import asyncio
from pathlib import Path

from lab.mutants import MUTANTS
from lab.scenarios import QUICK, silent_world, writing_world
from lab.verdict import Scale, Verdict, at_most
from lab.worlds import differing, trace_of


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Compare the two worlds with each mutant switched on."""
    verdicts = []
    for number, (name, mutant) in enumerate(MUTANTS.items()):
        home = scratch / str(number)
        with mutant():
            silent = asyncio.run(trace_of(home / "silent", QUICK, silent_world))
            writing = asyncio.run(trace_of(home / "writing", QUICK, writing_world))
        verdicts.append(at_most("M1", name, differing(silent, writing), 0, control=True))
    return verdicts
