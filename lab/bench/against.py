"""Durable exchanges of this checkout against those of another one: `python -m lab.bench.against ../other`.

Both relays run on this machine at the same time and are loaded in turn, so that whatever else it does meets both; the
ratio is that of the medians. Beside it stands the processor time that an exchange costs the relay (Linux), which a
loaded machine changes less. A checkout is a folder with the sources; the interpreter and its libraries are these.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from lab.bench.exchanges import Side, serving

HERE = Path.cwd()


def processor_s(pid: int) -> float:
    """What a process has used of the processor so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(side: Side, turn: int, seconds: float) -> tuple[float, float]:
    """Exchanges a second, and milliseconds of the processor for each."""
    side.write_bodies(turn, seconds)
    assert side.relay.process is not None
    pid = side.relay.process.pid
    before = processor_s(pid)
    rate = side.rate(side.relay.port, seconds)
    return rate, (processor_s(pid) - before) * 1000 / (rate * seconds)


def serve(seconds: float) -> None:
    """Run one side: a measurement for every line of the standard input."""
    with tempfile.TemporaryDirectory(prefix="sosik-bench-") as name, serving(Path(name)) as side:
        print("ready", flush=True)
        for turn, _ in enumerate(sys.stdin):
            print(*measure(side, turn, seconds), flush=True)


def asked(side: "subprocess.Popen[str]") -> list[float]:
    """Ask a side for one measurement."""
    assert side.stdin is not None
    print(file=side.stdin, flush=True)
    return [float(word) for word in answer(side).split()]


def answer(side: subprocess.Popen[str]) -> str:
    """Read one line of a side."""
    assert side.stdout is not None
    return side.stdout.readline()


def compare(other: Path, rounds: int, seconds: float) -> None:
    """Measure both in turn and print medians and ratios."""
    found: dict[str, list[list[float]]] = {"other": [], "this": []}
    with ExitStack() as stack:
        sides: dict[str, subprocess.Popen[str]] = {}
        for name, folder in (("other", other), ("this", HERE)):
            sides[name] = stack.enter_context(
                subprocess.Popen(
                    # This very file: the other checkout need not have it.
                    [sys.executable, __file__, "--serve", "--seconds", str(seconds)],
                    cwd=folder,
                    env={**os.environ, "PYTHONPATH": str(folder.absolute())},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            assert answer(sides[name]) == "ready\n"
        for turn in range(rounds):
            for name in sorted(sides, reverse=bool(turn % 2)):
                found[name].append(asked(sides[name]))
    for what, place in (("exchanges a second", 0), ("processor ms for each", 1)):
        medians = {name: statistics.median(row[place] for row in rows) for name, rows in found.items()}
        ratio = medians["this"] / medians["other"]
        print(f"{what:22} other {medians['other']:7.2f}   this {medians['this']:7.2f}   ratio {ratio:.3f}")
    print(f"{rounds} runs of {seconds:g} s each in turn; load of the machine {os.getloadavg()[1]:.1f}")


def main() -> None:
    """Compare, or serve as one side of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", nargs="?", type=Path, help="folder of the other checkout")
    parser.add_argument("--rounds", type=int, default=11, help="runs of each side")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one run")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.seconds)
    elif options.other is None:
        parser.error("name the other checkout")
    else:
        compare(options.other, options.rounds, options.seconds)


if __name__ == "__main__":
    main()
