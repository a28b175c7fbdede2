"""`make mutants`: mistakes of one line, each of which a test must find.

    python -m lab.mutants [--only WORD] [--sample N --seed S]

Makes every mistake in a copy of the source and runs the test that is there to find it; prints a table and
writes lab/out/mutants.json. Exit code 1 if one was not found, its text is not in the source any more, or its tests do
not pass without it.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lab.mutants import client_lines, protocol_lines, relay_lines
from lab.mutants.killing import BOUND_S, Fate, Line, Verdict, passes, scratch_copy, try_line, write_verdicts

LINES = (*relay_lines.LINES, *protocol_lines.LINES, *client_lines.LINES)
ROOT = Path(__file__).parents[2]
OUT = ROOT / "lab" / "out" / "mutants.json"
# All tests of all mistakes, without one: each of them is quick.
CLEAN_S = 10 * BOUND_S


def table_of(verdicts: list[Verdict]) -> Table:
    """Return the table as it is printed."""
    table = Table("mistake", "fate", "test", "seconds")
    for one in verdicts:
        table.add_row(one.name, one.fate.value, one.test.rpartition("::")[2], f"{one.seconds:.1f}")
    return table


def try_all(lines: Sequence[Line], root: Path) -> list[Verdict]:
    """Make these mistakes one after another; how far it has come is shown."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    verdicts: list[Verdict] = []
    with scratch_copy(root) as copy, Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("no mistake", total=len(lines) + 1)
        if not passes(lines, copy, CLEAN_S):
            raise SystemExit("the tests do not pass without a mistake; mend that first")
        for line in lines:
            progress.update(task, description=line.name, advance=1)
            verdicts.append(try_line(line, copy))
        progress.advance(task)
    return verdicts


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the mistakes that were asked for, print and write."""
    parser = argparse.ArgumentParser(prog="python -m lab.mutants", description="mistakes that a test must find")
    parser.add_argument("--only", default="", help="those with this word in their name or file")
    parser.add_argument("--sample", type=int, default=len(LINES), help="so many of them, drawn by --seed")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    lines = [line for line in LINES if chosen.only in line.name or chosen.only in line.file]
    lines = sorted(random.Random(chosen.seed).sample(lines, min(chosen.sample, len(lines))), key=LINES.index)
    verdicts = try_all(lines, ROOT)
    Console().print(table_of(verdicts))
    write_verdicts(verdicts, OUT)
    return 0 if verdicts and all(one.fate is Fate.FOUND for one in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
