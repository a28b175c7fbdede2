"""M1, controls: with one mistake switched on, the worlds must differ, else comparing them is worth nothing."""

import asyncio
from pathlib import Path

from lab.mutants.table import MUTANTS
from lab.report.verdict import Scale, Verdict, at_most
from lab.worlds.scenarios import silent_world, writing_world
from lab.worlds.worlds import first_difference


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Compare a silent and a writing world with each mutant switched on, until they differ."""
    verdicts = []
    for number, (name, mutant) in enumerate(MUTANTS.items()):
        with mutant.switch():
            found = asyncio.run(first_difference(scratch / str(number), mutant.setting, (silent_world, writing_world)))
        verdicts.append(at_most("M1", name, found, 0, control=True))
    return verdicts
