"""The table of faults, for a terminal and for docs/reliability.md."""

import os
from collections.abc import Iterable, Sequence
from statistics import median

from lab.faults.letters import Outcome

COMMAND = "python -m lab.faults --write docs/reliability.md"
_HEAD = ("kind", "fault", "times", "sent", "arrived", "duplicated", "changed", "lost", "recovered in")

_PAGE = """\
# Reliability

What happens to letters when machines, disks, networks and clocks fail. Written by

    {command} --seed {seed}

which runs real relays and clients on one machine ({cores} cores), lets each fault happen while letters go both ways,
and waits until every letter is there. At the end of each network it waits until every writer knows that, so that what
was sent again has been seen. *Duplicated*, *changed* and *lost* are 0 or the command fails.

*Recovered in* counts from the end of the fault until the last letter was there. The network is a quick one ({slot} ms
between slots, {hold} ms mean hold, {retry} ms before a cell is sent again). The row *none* says what the same letters
take by themselves, beside whatever else this machine did at the time: compare with it. With the ordinary constants a
cell that was lost is sent again after eight hours in the mean, or sooner if later ones arrive.

{table}

## What happened in each

{list}

## Letters over a network that loses packets
What the rules for sending again come to, played with the client's own code without a network
(`lab/skeleton/correspondents.py`, standard profile, ordinary constants; `python -m lab.skeleton` prints both tables,
the middle one of five worlds each). *Lost*: of the deposits, and of the fetches. *The slots take*: the letters and
what is lost of them, at so many deposits a day. `tests/properties/test_losses_cost_slots.py` plays them in small.

| letters to one person | lost | days the slots take | days until all can be read |
| --- | --- | --- | --- |
| 100 | 0 % | 0.3 | 0.4 |
| 100 | 30 % | 0.5 | 1.2 |
| 500 | 0 % | 1.7 | 1.8 |
| 500 | 10 % | 1.9 | 2.2 |
| 500 | 30 % | 2.5 | 3.4 |
| 500 | 50 % | 3.5 | 6.2 |

Somebody who has just met 30 people, and a letter each way; until it can be read:

| lost | half of the letters | nine in ten | all |
| --- | --- | --- | --- |
| 0 % | 0.9 h | 2.2 h | 3.8 h |
| 30 % | 2.7 h | 13.4 h | 38.9 h |

## A relay that stops for good
One of three, ordinary constants, three people at the standard profile who write 12 letters an hour
(`python -m lab.report.silence`; `tests/lab/test_silence.py`). Everybody goes around it 3.5 hours after its end, here,
and 4.5 at most.

| letters written | half of them can be read after | 95 % |
| --- | --- | --- |
| before | 55 min | 95 min |
| while it was gone and not everybody went around it | 205 min | 250 min |
| from then on | 78 min | 150 min |

## How it is done
- Processes are killed at named points by a launcher that wraps single functions and then runs the ordinary program
  (`lab/faults/launcher.py`); the programs have no switch for it.
- Network faults are made by pass-throughs before every relay, for clients and for other relays alike
  (`lab/faults/wires.py`).
- {fsync}
- A full disk is a limit on what the running process may write. A small file system that is really full, and one that
  is write-protected, are used where one can be mounted.
- After each fault the files of all relays are searched for names, texts and addresses.
- What writers are told is tried apart from processes, in 200 histories of cells and acks in any order, letters that
  expire, absences and wrong clocks (`tests/properties/test_told_is_true.py`): arrived and not there 0, expired and
  shown as new 0, shown twice 0. `SOSIK_TOLD_SEEDS=10000` before the same test plays 10,000.
- A relay that is taken off the roster while it runs, told by nobody, ends by itself with code 5, within two hours by
  the ordinary constants (`tests/stories/test_taken_off.py`).
- A request, frame or row that raises something unforeseen is planted in real cores by
  `tests/relay/core/test_poison.py`: it alone is refused or dropped, and all beside it goes its way.
- Clocks of relays that are wrong by -5 h, +5 h, +2, +20, +400 and +800 days, at a start and while running, and are put
  right again: `tests/relay/core/test_clock.py`. No key, cell or replay tag is gone, and letters go through. Of one
  among three that is wrong by 5 or 20 hours no page is missing, doubled or of the future:
  `tests/relay/core/board/test_pace.py`. Links, packets and letters wait for nothing but their own time:
  `tests/relay/core/links/test_sending.py`, `tests/client_cli/post/test_clock_set_back.py`.

`make test` runs short forms of these, `make stories` each of them, and `make soak MINUTES=30` draws them at random
against one network for as long as wanted.
"""
_REAL_FSYNC = """\
fsync fails by a library in C that is loaded before the others and returns an error (`lab/faults/shim.py`): SQLite
  and SQLCipher see what they would see of a broken disk. Without a compiler, commits fail by the launcher instead."""
_NO_FSYNC = """\
There was no compiler: instead of fsync, commits fail by the launcher. With one, fsync itself returns an error
  (`lab/faults/shim.py`)."""


def rows(outcomes: Iterable[Outcome]) -> list[tuple[str, ...]]:
    """One row for each fault, its runs taken together."""
    grouped: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        grouped.setdefault((outcome.kind, outcome.fault), []).append(outcome)
    return [
        (
            kind,
            fault,
            str(len(runs)),
            *(
                str(sum(getattr(run, column) for run in runs))
                for column in ("sent", "arrived", "duplicated", "changed", "lost")
            ),
            _recovery(runs),
        )
        for (kind, fault), runs in grouped.items()
    ]


def _recovery(runs: Sequence[Outcome]) -> str:
    known = [run.recovery_s for run in runs if run.recovery_s is not None]
    if len(known) < len(runs):
        return "never"
    if len(known) == 1:
        return f"{known[0]:.0f} s"
    return f"{median(known):.0f} s, at most {max(known):.0f} s"


def markdown(outcomes: Sequence[Outcome]) -> str:
    """The table, with a sum."""
    body = rows(outcomes)
    sums = [str(sum(int(row[at]) for row in body)) for at in range(2, 8)]
    lines = [_HEAD, ("---",) * len(_HEAD), *body, ("", "**all**", *sums, "")]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(outcomes: Sequence[Outcome], seed: int, constants: "dict[str, int]", *, shim: bool) -> str:
    """The text of docs/reliability.md."""
    told = dict.fromkeys(f"- *{outcome.fault}*: {outcome.what}" for outcome in outcomes)
    return _PAGE.format(
        command=COMMAND,
        seed=seed,
        cores=os.cpu_count(),
        slot=constants["standard_slot_ms"],
        hold=constants["mean_hold_ms"],
        retry=constants["retry_ms"],
        table=markdown(outcomes),
        list="\n".join(told),
        fsync=_REAL_FSYNC if shim else _NO_FSYNC,
    )
