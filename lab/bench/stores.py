"""Rows on stores: durable exchanges a second of a relay on PostgreSQL against one on SQLite, and of two processes
against one.

The database runs on the same machine, and so takes processor time from the relay; its files are in memory where there
is some, those of SQLite are made in the folder for temporary files. What two processes gain shows only where there
are more processors than the relay, the database and the load generator keep busy.
"""

import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from lab.bench.exchanges import serving
from lab.bench.row import Row
from lab.processes.postgres import Cluster


def measure_stores(rounds: int, seconds: float) -> list[Row]:
    """Measure all of them `rounds` times in turn."""
    cluster = Cluster.make()
    rates: dict[str, list[float]] = {"sqlite": [], "postgres": [], "two processes": []}
    with ExitStack() as stack:
        stack.callback(cluster.remove)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sosik-bench-")))
        cluster.start()
        sides = {
            "sqlite": stack.enter_context(serving(folder / "1")),
            "postgres": stack.enter_context(serving(folder / "2", store=cluster.new_database())),
            "two processes": stack.enter_context(serving(folder / "3", store=cluster.new_database(), workers=2)),
        }
        for turn in range(rounds):
            for name, side in sides.items():
                side.write_bodies(turn, seconds)
                rates[name].append(side.rate(side.relay.port, seconds))

    def row(title: str, name: str, other: str, against: str, aim: float) -> Row:
        ratios = [a / b for a, b in zip(rates[name], rates[other], strict=True)]
        return Row(title, statistics.median(rates[name]), "1/s", statistics.median(ratios), against, aim)

    return [
        row("exchanges, PostgreSQL", "postgres", "sqlite", "the same on SQLite", 0.5),
        row("exchanges, two processes", "two processes", "postgres", "one process on PostgreSQL", 1.0),
    ]
