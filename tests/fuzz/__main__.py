"""`make fuzz MINUTES=n`: the time split over all targets, each in a process of its own.

`python -m tests.fuzz MINUTES [TARGET...]`. A finding is a file in tests/fuzz/out/findings beside what it raised and the
command that feeds it again; the run goes on with the next target and ends with 1.
"""

import argparse
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.corpus import FOUND
from tests.fuzz.targets import TARGETS

MISSING = (
    "make fuzz needs atheris, which is here only on Linux, x86-64 and CPython before 3.14; "
    "make test feeds the kept inputs everywhere."
)
LEAST_S = 3
PATIENCE_S = 600.0
"""Beyond its time, counted from its first input, a target gets this long: a machine may be busy with other things."""
INPUT_S = 25
"""An input that takes longer is a finding: no parser has a right to it."""
MEMORY_MB = 2048
_PROGRESS = re.compile(r"^#(\d+)\s.*?cov: (\d+) .*?corp: (\d+)/")


@dataclass(slots=True)
class Progress:
    """What libFuzzer said last: inputs fed, places reached, inputs kept."""

    fed: int = 0
    reached: int = 0
    kept: int = 0

    def read(self, line: str) -> bool:
        """Take in a line; whether it told something."""
        found = _PROGRESS.match(line)
        if found is None:
            return False
        self.fed, self.reached, self.kept = (int(number) for number in found.groups())
        return True

    def __str__(self) -> str:
        return f"{self.fed} inputs, {self.reached} places reached, {self.kept} inputs kept"


def command(name: str, seconds: int, artifacts: Path, folder: Path) -> list[str]:
    """The process that fuzzes one target."""
    how = {"max_total_time": seconds, "timeout": INPUT_S, "rss_limit_mb": MEMORY_MB, "artifact_prefix": f"{artifacts}/"}
    arguments = [f"-{key}={value}" for key, value in how.items()]
    return [sys.executable, "-m", "tests.fuzz.child", name, str(folder), *arguments]


def run(name: str, seconds: int, place: str, out: Path = FOUND) -> bool:
    """Fuzz one target, showing how far it is; whether nothing was found."""
    artifacts, folder = out / "new" / name, out / "corpus" / name
    shutil.rmtree(artifacts, ignore_errors=True)
    artifacts.mkdir(parents=True)
    progress, said, begun, fuzzing = Progress(), list[str](), time.monotonic(), 0.0
    with subprocess.Popen(
        command(name, seconds, artifacts, folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        assert child.stdout is not None
        try:
            for line in child.stdout:
                if progress.read(line):
                    fuzzing = fuzzing or time.monotonic()
                    show(f"{place} {name}: {time.monotonic() - begun:.0f} of {seconds} s, {progress}", last=False)
                else:
                    said = [*said[-200:], line]
                if fuzzing and time.monotonic() - fuzzing > seconds + PATIENCE_S:
                    child.kill()
            code = child.wait()
        except BaseException:
            child.kill()
            raise
    findings = [keep_finding(path, name, said, out) for path in sorted(artifacts.iterdir())]
    if code and not findings:
        findings = [keep_finding(None, name, said, out)]
    show(f"{place} {name}: {time.monotonic() - begun:.0f} s, {progress}, {len(findings)} findings", last=True)
    for finding in findings:
        print(finding)
    return not findings


def keep_finding(artifact: Path | None, name: str, said: Sequence[str], out: Path) -> str:
    """Put an input beside what it raised; what to tell about it."""
    folder = out / "findings"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{name}-{'no-input' if artifact is None else artifact.name}"
    again = f"{sys.executable} -m tests.fuzz.replay {name} {kept}"
    if artifact is not None:
        shutil.move(artifact, kept)
    kept.with_name(kept.name + ".txt").write_text(f"{again}\n\n{''.join(said)}", "utf-8")
    return f"  {kept}: feed it again with\n  {again}"


def show(text: str, *, last: bool) -> None:
    """One line, written over on a terminal; elsewhere only the last one of a target."""
    if sys.stdout.isatty():
        print(f"\r\x1b[K{text}", end="\n" if last else "", flush=True)
    elif last:
        print(text, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Run the targets that are named, or all; 0 when nothing was found, 2 where there is no fuzzer."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("minutes", type=float, metavar="MINUTES", help="for all targets together")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of: {', '.join(TARGETS)}")
    given = parser.parse_args(arguments)
    names = given.targets or list(TARGETS)
    if unknown := [name for name in names if name not in TARGETS]:
        parser.exit(2, f"No target is called {unknown[0]!r}; --help names them.\n")
    if find_spec("atheris") is None:
        print(MISSING)
        return 2
    seconds = max(round(given.minutes * 60 / len(names)), LEAST_S)
    good = [run(name, seconds, f"[{number}/{len(names)}]") for number, name in enumerate(names, 1)]
    print(f"{good.count(False)} of {len(names)} targets have findings")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
