"""How long letters take: `python -m lab.report.latency [PROFILE ...]`, on the real code with a real network's
constants.

Members write one-cell letters at random times to each other; the table gives minutes from writing to being readable,
and to the sender's knowing, median and 95 %. Looked at every simulated minute.
"""

import asyncio
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from client_cli.outbox.letters import LetterStatus, letters
from lab.worlds.scenarios import NO_LOSSES, QUICK, START, writing_world
from protocol.community.constants import Constants
from protocol.profile import Profile

HOURS = 36
LETTERS_EACH = 12
LOOK_EVERY_S = 60.0


async def measure(profile: Profile, seed: int) -> tuple[list[float], list[float]]:
    """Return minutes until each letter could be read, and until its sender knew."""
    setting = replace(
        QUICK,
        seed=seed,
        constants=Constants(),
        profiles=(profile,) * 3,
        duration_s=HOURS * 3600.0,
        letters_each=LETTERS_EACH,
        letter_bytes=100,
        losses=NO_LOSSES,
    )
    with tempfile.TemporaryDirectory(prefix="sosik-lab-") as name:
        world = await writing_world(Path(name), setting)
        written: dict[tuple[str, int], float] = {}
        read: dict[str, float] = {}
        known: dict[tuple[str, int], float] = {}
        for step in range(int(setting.duration_s / LOOK_EVERY_S)):
            now = START + (step + 1) * LOOK_EVERY_S
            await world.run(now)
            for member in setting.names:
                for state in letters(world.clients[member].vault, now):
                    written[member, state.number] = state.written
                    if state.status is LetterStatus.ARRIVED:
                        known.setdefault((member, state.number), now)
                for _, text in world.received(member):
                    read.setdefault(text, now)
        await world.close()
    until_read = [(read[text] - at) / 60 for text, at in world.written.items() if text in read]
    until_known = [(at - written[key]) / 60 for key, at in known.items()]
    return until_read, until_known


def main() -> int:
    """Measure the profiles that were named, all three otherwise."""
    chosen = [Profile[name.upper()] for name in sys.argv[1:]] or list(Profile)
    table = Table("profile", "letters", "readable p50", "p95", "known p50", "p95")
    for profile in chosen:
        until_read, until_known = asyncio.run(measure(profile, 31))
        cells = [f"{part:.0f}" for times in (until_read, until_known) for part in middle_and_high(times)]
        table.add_row(profile.name.lower(), str(len(until_read)), *cells)
    Console().print(table)
    return 0


def middle_and_high(times: list[float]) -> tuple[float, float]:
    """Return the median and the 95 % point."""
    ordered = sorted(times)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)]


if __name__ == "__main__":
    sys.exit(main())
