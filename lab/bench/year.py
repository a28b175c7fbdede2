"""`python -m lab.bench.year --days 365`: what `sosik online` takes over a simulated year, and whether it stops growing.

One member is a process of its own (`lab.bench.year_member`) that runs the real `online`; real relays and somebody who
writes a letter a day, and one of the greatest length a month, are simulated here. Slots, pages and holds are so far
apart that a year takes some twenty minutes; retention, epochs and the time of a letter are the usual ones. Prints a
line a month, writes lab/out/year.json, and ends with exit code 1 if memory, vault or a table grew in the second half of
the time, beyond what chance moves them by. The aim for memory is that of `lab.bench.memory`. Linux only.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from client_cli.meeting.in_person import scan_card, show_card
from lab.bench.memory import ONLINE_MB
from lab.bench.year_member import DAY_S, LONG_EVERY_DAYS, Mark, put, take, text_of
from lab.processes.processes import environment
from lab.worlds.scratch import folder_in_memory
from lab.worlds.world import World
from protocol.community.constants import Constants
from protocol.seams import RelayId

OUT = Path("lab/out/year.json")
CONSTANTS = Constants(
    mean_hold_ms=600_000,
    reply_hold_ms=600_000,
    page_ms=3_600_000,
    pages_per_seal=6,
    metered_slot_ms=1_800_000,
    standard_slot_ms=1_200_000,
    link_tick_ms=60_000,
)
START = 1_800_000_000.0 // DAY_S * DAY_S + 3600.0
ME, OTHER = "Ara", "Bora"
# What the second half may have more than the first one at its highest: numbers of rows are drawn by chance.
MEMORY_MORE = 1.05
ROWS_MORE = 1.25
FEW_ROWS = 64
# A year after its roster was signed a community has the next one.
RENEW_DAYS = 180


async def live(home: Path, days: int, console: Console) -> list[Mark]:
    """Simulate everything but the member, whose process is asked for; its marks."""
    marks: list[Mark] = []
    world = await World.make(home, seed=1, start=START, constants=CONSTANTS)
    world.add_client(OTHER)
    world.go_online(OTHER)
    urls = {relay.secrets.url: number for number, relay in world.relays.items()}
    for day in range(1, days - LONG_EVERY_DAYS // 2):
        world.at(START + day * DAY_S, lambda _, day=day: world.write(OTHER, ME, text_of(day)))  # type: ignore[misc]
    command = (sys.executable, "-m", "lab.bench.year_member", str(home / "member"), str(START), str(days))
    member = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs here meanwhile
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    assert member.stdin is not None
    assert member.stdout is not None
    try:
        put(member.stdin, world.community.invitation(world.stream(1, "invitation"), int(START // DAY_S) + 30))
        while (message := take(member.stdout)) is not None:
            match message:
                case ["card", text]:
                    vault = world.clients[OTHER].vault
                    put(member.stdin, show_card(vault, ME, START, world.stream(1, "card")))
                    scan_card(vault, ME, text, START)
                case ["post", now, url, body]:
                    await world.run(max(now, world.now))
                    relay = world.relays[urls[url]]
                    (answer,) = await relay.service.exchanges([body], world.now)
                    world.wire.plan(relay)
                    put(member.stdin, answer)
                case ["mark", fields]:
                    marks.append(msgspec.convert(fields, Mark))
                    world.trace.clear()
                    if len(marks) % RENEW_DAYS == 0:
                        await renew(world)
                    if len(marks) % LONG_EVERY_DAYS == 0:
                        console.print(line_of(marks[-1]))
        if member.wait() != 0:
            raise RuntimeError("the member's process ended with an error")
    finally:
        member.kill()
        await world.close()
    return marks


async def renew(world: World) -> None:
    """The roster maker signs the next roster, and an operator takes it."""
    world.sign_roster()
    await world.restart_relay(RelayId(0), new_files=True)


def line_of(mark: Mark) -> str:
    """One line of the curve."""
    largest = sorted(mark.rows.items(), key=lambda item: -item[1])[:4]
    rows = ", ".join(f"{name} {count}" for name, count in largest)
    vault = mark.vault_bytes / 1e6
    return f"day {mark.day}: {mark.resident_mb:.1f} MB, vault {vault:.2f} MB, {mark.letters} letters; {rows}"


def growing(marks: list[Mark]) -> list[str]:
    """What was larger in the second half of the time than ever in the first, by more than chance moves it."""
    first, second = marks[: len(marks) // 2], marks[len(marks) // 2 :]
    found = []
    if max(m.resident_mb for m in second) > MEMORY_MORE * max(m.resident_mb for m in first):
        found.append("memory")
    if max(m.vault_bytes for m in second) > ROWS_MORE * max(m.vault_bytes for m in first):
        found.append("vault")
    for name in sorted({name for mark in marks for name in mark.rows}):
        before, after = (max(mark.rows.get(name, 0) for mark in half) for half in (first, second))
        if after > max(FEW_ROWS, ROWS_MORE * before):
            found.append(f"table {name} ({before} rows, then {after})")
    return found


def main() -> int:
    """Live the time, print and write."""
    parser = argparse.ArgumentParser(prog="python -m lab.bench.year", description="memory of online over a year")
    parser.add_argument("--days", type=int, default=365)
    days = parser.parse_args().days
    console = Console()
    with folder_in_memory() as home:
        marks = asyncio.run(live(home, days, console))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps([msgspec.to_builtins(mark) for mark in marks]) + "\n", encoding="utf-8")
    peak, last = max(mark.peak_mb for mark in marks), marks[-1]
    table = Table("days", "MB at the end", "MB at most", "aim", "vault MB", "letters", "grew in the second half")
    grew = growing(marks)
    vault = f"{last.vault_bytes / 1e6:.2f}"
    table.add_row(
        str(days),
        f"{last.resident_mb:.1f}",
        f"{peak:.1f}",
        f"{ONLINE_MB:.0f}",
        vault,
        str(last.letters),
        ", ".join(grew) or "-",
    )
    console.print(table)
    return 1 if grew else 0


if __name__ == "__main__":
    sys.exit(main())
