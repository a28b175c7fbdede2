"""`make lab`: what an observer could learn, measured on the real code; docs/anonymity.md explains the table.

    python -m lab.report [--full] [--only M5,M6] [--resume]

Measures every metric of `METRICS` in two processes, prints the table and writes lab/out/lab.json after each measure.
Exit code 1 if a verdict is not as it should be: a threshold missed, or a control that passes.
"""

import argparse
import sys
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lab.attacks import (
    calibration,
    chaining,
    disclosure,
    dropping,
    guesses,
    linked,
    links,
    readers,
    senders,
    thefts,
    withheld,
)
from lab.metrics import active, latency, mutants, noninterference, pool_theory, routes, schedule, wire_shape
from lab.report.measuring import measured
from lab.report.results import forget, is_kept, keep, write
from lab.report.verdict import Measure, Scale, Verdict, word

PROCESSES = 2

# In the order of the table. One id may have several measures, which then run beside each other; a measure that serves
# several ids names them all ("M17 M18").
METRICS: tuple[tuple[str, Measure], ...] = (
    ("M1 M15", noninterference.measure),
    ("M1", mutants.measure),
    ("M2", wire_shape.measure),
    ("M3", schedule.measure),
    ("M4 M13", links.measure),
    ("M5", senders.measure),
    ("M5 M6", readers.measure),
    ("M7", calibration.measure),
    ("M9", chaining.measure),
    ("M10", disclosure.measure),
    ("M11", linked.measure),
    ("M12", dropping.measure),
    ("M8 M14 M16", routes.measure),
    ("M17 M18", pool_theory.measure),
    ("A1 A2 A4 M1", active.measure),
    ("A3", thefts.measure),
    ("A7", guesses.measure),
    ("A8", withheld.measure),
    ("latency", latency.measure),
)
MEASURES = [measure for _, measure in METRICS]


def table_of(verdicts: list[Verdict]) -> Table:
    """Return the table as it is printed."""
    table = Table("id", "setting", "value", "threshold", "verdict")
    for one in verdicts:
        table.add_row(one.id, one.setting, f"{one.value:.4g}", f"{one.threshold:.4g}", word(one))
    return table


def measure_all(wanted: list[Measure], scale: Scale) -> None:
    """Run these measures; what each found is written as it comes. BaseExceptionGroup: some broke off."""
    problems: list[BaseException] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=Console(stderr=True)) as progress,
        ProcessPoolExecutor(PROCESSES, max_tasks_per_child=1) as pool,
    ):
        task = progress.add_task("measuring", total=len(wanted))
        waiting: dict[Future[tuple[list[Verdict], float]], Measure] = {
            pool.submit(measured, one, scale): one for one in wanted
        }
        for future in as_completed(waiting):
            one = waiting[future]
            progress.advance(task)
            if problem := future.exception():
                problems.append(problem)
                continue
            verdicts, processor_s = future.result()
            progress.console.print(f"{one.__module__}: {len(verdicts)} verdicts, {processor_s:.0f} s of processor time")
            keep(one, verdicts)
            write(MEASURES)
    if problems:
        raise BaseExceptionGroup("measures that broke off; what the others found is written", problems)


def main() -> int:
    """Measure what was asked for, print and write."""
    parser = argparse.ArgumentParser(prog="python -m lab.report", description="what an observer could learn")
    parser.add_argument("--full", action="store_true", help="all settings, which takes hours")
    parser.add_argument("--only", default="", help="ids to measure, such as M5,M6; other results stay as they were")
    parser.add_argument("--resume", action="store_true", help="measure only what has no result yet")
    chosen = parser.parse_args()
    only = {part for part in chosen.only.split(",") if part}
    if unknown := only - {one for ids, _ in METRICS for one in ids.split()}:
        parser.error(f"no such metric: {', '.join(sorted(unknown))}")
    if not only and not chosen.resume:
        forget()
    wanted = [measure for ids, measure in METRICS if not only or only & set(ids.split())]
    if chosen.resume:
        wanted = [measure for measure in wanted if not is_kept(measure)]
    measure_all(wanted, Scale.FULL if chosen.full else Scale.QUICK)
    verdicts = write(MEASURES)
    Console().print(table_of(verdicts))
    return 0 if all(one.ok for one in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
