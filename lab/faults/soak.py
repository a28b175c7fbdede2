"""Faults at random against one long-lived network: `python -m lab.faults.soak --minutes N [--seed S]`.

The seed is printed, and the order of faults follows from it (what processes make of them does not). Ends with the
table; exit code 0 when no letter was lost, doubled or changed, else 1.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from lab.faults.letters import Outcome
from lab.faults.scenarios import SCENARIOS, Scenario, attempt
from lab.faults.search import search_all
from lab.faults.setting import Setting
from lab.faults.table import markdown

LETTERS_EACH = 1


def lasting_network() -> tuple[Scenario, ...]:
    """The scenarios after which a network goes on as before, and that need no other network than it is."""
    return tuple(scenario for scenario in SCENARIOS if not scenario.lasting and set(scenario.own) <= {"tls"})


def soak(folder: Path, seconds: float, seed: int) -> list[Outcome]:
    """Run until the time is over; an outcome that is not good ends it. Relays speak without TLS: replays are real."""
    chance = Random(seed)
    outcomes: list[Outcome] = []
    end = time.monotonic() + seconds
    with Setting(folder, chance, tls=False) as setting:
        while time.monotonic() < end:
            scenario = chance.choice(lasting_network())
            outcome = attempt(setting, scenario, LETTERS_EACH)
            outcomes.append(outcome)
            _tell(outcome, len(outcomes), end - time.monotonic())
            if not outcome.good:
                return outcomes
        setting.settle()
        setting.stop_relays()
        search_all(setting)
    return outcomes


def _tell(outcome: Outcome, number: int, left_s: float) -> None:
    took = "never" if outcome.recovery_s is None else f"{outcome.recovery_s:.0f} s"
    left = f"{max(left_s, 0) / 60:.0f} min left"
    print(
        f"{number:4} {'good' if outcome.good else 'BAD '} {outcome.fault}, {took}; {left}: {outcome.what}", flush=True
    )


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(prog="python -m lab.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4)))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="sosik-soak-") as name:
        outcomes = soak(Path(name), given.minutes * 60, given.seed)
    print(markdown(outcomes))
    return 0 if outcomes and all(outcome.good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
