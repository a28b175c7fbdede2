"""`python -m lab.symbolic [--more N]`: explores every machine, then every planted mistake, and prints what was found.

Exit code 1 if a promise is broken, or a mistake was not noticed.
"""

import argparse
import tempfile
from pathlib import Path

from lab.symbolic.machines import MACHINES
from lab.symbolic.planted import MISTAKES, planted


def main() -> None:
    """Explore, print, and say by the exit code whether all is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m lab.symbolic", description="an attacker who owns the network")
    parser.add_argument("--more", type=int, default=0, metavar="N", help="N moves deeper into the question (default 0)")
    more = parser.parse_args().more
    well = True
    print("| machine | situations | tried | broken |\n|---|---|---|---|")
    for machine, explore in MACHINES.items():
        with tempfile.TemporaryDirectory() as folder:
            found = explore(Path(folder), more)
        well = well and not found.broken
        print(f"| {machine} | {found.states} | {found.tried} | {found.broken or 'nothing'} |", flush=True)
    print("\n| planted mistake | machine | noticed as |\n|---|---|---|")
    for mistake in MISTAKES:
        with tempfile.TemporaryDirectory() as folder, planted(mistake):
            broken = MACHINES[mistake.machine](Path(folder), 0).broken
        well = well and mistake.breaks in broken
        print(f"| {mistake.name} | {mistake.machine} | {', '.join(broken) or 'NOT NOTICED'} |", flush=True)
    raise SystemExit(not well)


if __name__ == "__main__":
    main()
