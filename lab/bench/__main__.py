"""`make bench`: run every row, print the table, write lab/out/bench.json."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lab.bench.exchanges import measure_exchanges
from lab.bench.links import measure_links
from lab.bench.memory import measure_memory
from lab.bench.row import Row
from lab.bench.startup import measure_startup
from lab.bench.stores import measure_stores
from lab.bench.strangers import measure_strangers

OUT = Path("lab/out/bench.json")


def main() -> int:
    """Measure, print and write; 0 also when an aim is missed, since a shared machine proves nothing in one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved runs of each side (medians are kept)")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one run")
    options = parser.parse_args()
    rows: list[Row] = [
        measure_exchanges(options.rounds, options.seconds),
        *measure_stores(options.rounds, options.seconds),
        asyncio.run(measure_links(options.rounds)),
        *measure_startup(options.rounds),
        *measure_memory(),
        *measure_strangers(10 * options.seconds),
    ]
    table = Table("name", "value", "unit", "ratio", "aim", "against")
    for row in rows:
        table.add_row(row.name, f"{row.value:.0f}", row.unit, f"{row.ratio:.2f}", f"{row.aim:.2f}", row.against)
    Console().print(table)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(
        json.dumps(
            {r.name: {"value": r.value, "unit": r.unit, "ratio": r.ratio, "against": r.against} for r in rows}, indent=2
        )
        + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
