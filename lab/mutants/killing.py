"""Making one mistake at a time in a copy of the source, and seeing whether a test says so.

Invariant: the source itself is never touched. A mistake counts as found only when the test that it names fails; one
that keeps it from running, or takes too long, does not.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

BOUND_S = 120.0
_FAILED = re.compile(r"^FAILED (\S+)", re.MULTILINE)
# What pytest ends with when every test passed, and when one failed.
_PASSED, _TOLD = 0, 1


@dataclass(frozen=True, slots=True)
class Line:
    """One mistake: what it does to somebody, where, and which test is there to find it (pytest's node id)."""

    name: str
    file: str
    old: str
    new: str
    test: str


class Fate(StrEnum):
    """What became of a mistake."""

    FOUND = "found"
    SURVIVED = "SURVIVED"
    STALE = "STALE: its text is not there exactly once"
    SLOW = "SLOW: no test had failed in time"
    BROKEN = "BROKEN: the tests did not run"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of a mistake, which test told it, and how long that took."""

    name: str
    file: str
    fate: Fate
    test: str
    seconds: float


@contextmanager
def scratch_copy(root: Path) -> Iterator[Path]:
    """A copy of everything that tests need, erased at the end."""
    with TemporaryDirectory(prefix="sosik-mutants-") as name:
        copy = Path(name) / "copy"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "out", "build"))
        yield copy


def applies(line: Line, root: Path) -> bool:
    """Whether the text of a mistake is where it says, exactly once."""
    path = root / line.file
    return path.is_file() and path.read_text(encoding="utf-8").count(line.old) == 1


def try_line(line: Line, copy: Path, bound_s: float = BOUND_S) -> Verdict:
    """Make a mistake in the copy, run its tests, and undo it."""
    began = time.monotonic()
    if not applies(line, copy):
        return Verdict(line.name, line.file, Fate.STALE, "", 0.0)
    path = copy / line.file
    right = path.read_text(encoding="utf-8")
    try:
        _write(path, right.replace(line.old, line.new))
        fate, test = _told([line.test], copy, bound_s)
    finally:
        _write(path, right)
    return Verdict(line.name, line.file, fate, test, time.monotonic() - began)


def passes(lines: Iterable[Line], copy: Path, bound_s: float) -> bool:
    """Whether all tests of these mistakes pass in a copy without any: else nothing that they say means anything."""
    fate, _ = _told(sorted({line.test for line in lines}), copy, bound_s)
    return fate is Fate.SURVIVED


def write_verdicts(verdicts: Sequence[Verdict], path: Path) -> None:
    """Write them as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(one) for one in verdicts], indent=1) + "\n", encoding="utf-8")


def _told(tests: Sequence[str], copy: Path, bound_s: float) -> tuple[Fate, str]:
    command = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", *tests)
    # What a test run around this one has set is not for this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    try:
        run = subprocess.run(
            command,
            cwd=copy,
            env=environment | {"PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            timeout=bound_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Fate.SLOW, ""
    failed = _FAILED.search(run.stdout)
    if run.returncode == _TOLD and failed:
        return Fate.FOUND, failed[1]
    return (Fate.SURVIVED if run.returncode == _PASSED else Fate.BROKEN), ""


def _write(path: Path, text: str) -> None:
    """Write a source file with a time that no other text of this file had: compiled ones are known by time and size."""
    later = path.stat().st_mtime + 2
    path.write_text(text, encoding="utf-8")
    os.utime(path, (later, later))
