"""The kept corpus: a file for each target, an input in hex on each line.

Invariant: an input stays only for the branches that no smaller one takes, so the corpus is small enough to be read in a
change and quick enough to be fed by every test run. `python -m tests.fuzz.corpus` takes in what `make fuzz` has found
since. What was once a finding stands in TARGET.mended.txt, put there by hand, and stays.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS

KEPT = Path(__file__).parent / "corpus"
FOUND = Path(__file__).parent / "out"
"""What runs on this machine have found; not in the repository."""
INPUT_BYTES_MAX = 13_000
PACKAGES = tuple(f"/{name}/" for name in ("protocol", "client_cli", "relay"))

Arc = tuple[str, int, int]


def kept(name: str) -> list[bytes]:
    """The kept inputs of a target, those of mended findings last; none if there is no file yet."""
    return [*_read(KEPT / f"{name}.txt"), *_read(KEPT / f"{name}.mended.txt")]


def _read(path: Path) -> list[bytes]:
    return [bytes.fromhex(line) for line in path.read_text("ascii").split()] if path.exists() else []


def found(name: str) -> Iterator[bytes]:
    """Inputs that the fuzzer has collected here."""
    folder = FOUND / "corpus" / name
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            yield path.read_bytes()


def arcs_of(target: Target, data: bytes) -> frozenset[Arc]:
    """The steps from line to line in our packages that an input takes, and whether it is accepted."""
    arcs: set[Arc] = set()
    before: dict[FrameType, int] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if not any(package in name for package in PACKAGES) or "/tests/" in name:
            return None
        arcs.add((name, before.get(frame, 0), frame.f_lineno))
        before[frame] = frame.f_lineno
        return trace

    sys.settrace(trace)
    try:
        accepted = target.run(data)
    finally:
        sys.settrace(None)
    return frozenset({*arcs, (f"case {data[:1].hex()}", 0, int(accepted))})


def minimised(target: Target, inputs: Iterable[bytes]) -> list[bytes]:
    """Those inputs, the shortest first, that take a step which no shorter one takes."""
    seen: set[Arc] = set()
    chosen: list[bytes] = []
    for data in sorted({one for one in inputs if len(one) <= INPUT_BYTES_MAX}, key=lambda one: (len(one), one)):
        new = arcs_of(target, data) - seen
        if new:
            seen |= new
            chosen.append(data)
    return chosen


def keep(target: Target, inputs: Iterable[bytes]) -> None:
    """Write the kept inputs of a target anew, from those kept so far and these."""
    KEPT.mkdir(exist_ok=True)
    target.run(b"")
    chosen = minimised(target, [*kept(target.name), *target.seeds(), *inputs])
    (KEPT / f"{target.name}.txt").write_text("".join(data.hex() + "\n" for data in chosen), "ascii")


def main(names: Iterable[str]) -> None:
    """Take in what was found, for these targets or all."""
    for name in names or TARGETS:
        keep(TARGETS[name], found(name))
        print(f"{name}: {len(kept(name))} inputs, {sum(map(len, kept(name)))} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
