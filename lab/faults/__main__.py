"""Every fault once, and the table: `python -m lab.faults [--write docs/reliability.md] [--seed N] [--keep FILE]
[FAULT...]`.

With --keep, outcomes are kept in a file, and what stands in it already is not run again: a run that was interrupted
goes on, and several can share one table. Exit code 0 when no letter was lost, doubled or changed and everything was
told as promised; 1 otherwise.
"""

import argparse
import itertools
import json
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from random import Random

from lab.faults import smalldisk
from lab.faults.letters import Outcome
from lab.faults.scenarios import SCENARIOS, Scenario, attempt
from lab.faults.search import search_all
from lab.faults.setting import FAST, Setting
from lab.faults.shim import compiled
from lab.faults.table import markdown, page
from lab.worlds.scratch import folder_in_memory


def run_all(folder: Path, scenarios: Sequence[Scenario], chance: Random) -> Iterator[Outcome]:
    """Run scenarios one after the other; those that need the same kind of network share one while all goes well."""
    ordered = sorted(scenarios, key=lambda scenario: (scenario.lasting, sorted(map(str, scenario.own.items()))))
    for _, group in groupby(ordered, key=lambda scenario: (scenario.lasting, str(scenario.own))):
        waiting = list(group)
        while waiting:
            with folder_in_memory(folder) as place, Setting(place, chance, **waiting[0].own) as setting:
                good = True
                while waiting and good:
                    scenario = waiting.pop(0)
                    outcome = attempt(setting, scenario)
                    yield outcome
                    good = outcome.good and not scenario.lasting
                if good or scenario.lasting:
                    setting.settle()
                setting.stop_relays()
                search_all(setting)


def main() -> int:
    """Run, print as it goes, and write."""
    parser = argparse.ArgumentParser(prog="python -m lab.faults", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page with the table")
    parser.add_argument("--seed", type=int, default=1, help="what is drawn at random follows from it")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="go on where a run with this file was interrupted")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="these only, by name")
    given = parser.parse_args()
    outcomes = [] if given.keep is None else kept(given.keep)
    known = {outcome.fault for outcome in outcomes}
    wanted = [one for one in SCENARIOS if one.name not in known and (not given.faults or one.name in given.faults)]
    with tempfile.TemporaryDirectory(prefix="sosik-faults-") as name:
        shim = compiled(Path(name)) is not None
        for outcome in itertools.chain(
            run_all(Path(name), wanted, Random(given.seed)),
            smalldisk.in_a_namespace(Path(name) / "small", given.seed) if wants_small_disk(given.faults, known) else (),
        ):
            outcomes.append(outcome)
            _tell(outcome)
            if given.keep is not None and outcome.good:
                with given.keep.open("a", encoding="utf-8") as out:
                    print(json.dumps(asdict(outcome), ensure_ascii=False), file=out)
    order = [scenario.name for scenario in SCENARIOS]
    outcomes.sort(key=lambda outcome: order.index(outcome.fault) if outcome.fault in order else len(order))
    print(markdown(outcomes))
    if given.write is not None:
        given.write.write_text(page(outcomes, given.seed, dict(FAST), shim=shim), "utf-8")
    return 0 if all(outcome.good for outcome in outcomes) else 1


def kept(file: Path) -> list[Outcome]:
    """The outcomes in a file of an earlier run."""
    if not file.exists():
        return []
    return [Outcome(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def wants_small_disk(faults: Collection[str], known: Collection[str]) -> bool:
    """Whether the faults of a small disk are asked for and not all known."""
    return (not faults or smalldisk.NAME in faults) and sum(name.startswith(smalldisk.NAME) for name in known) < 4


def _tell(outcome: Outcome) -> None:
    took = "never" if outcome.recovery_s is None else f"{outcome.recovery_s:.0f} s"
    verdict = "good" if outcome.good else "BAD"
    print(f"{verdict}  {outcome.fault}: {outcome.what}; {outcome.arrived} of {outcome.sent}, {took}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
