"""What the lab found. Each measure's verdicts are a file of their own in lab/out/parts, so that one can be measured
again and a long run can go on after a stop; lab/out/lab.json puts them together in the order of the table.
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from lab.report.verdict import Measure, Verdict

OUT: Final = Path("lab/out/lab.json")
PARTS: Final = Path("lab/out/parts")


def keep(measure: Measure, verdicts: Sequence[Verdict]) -> None:
    """Write what one measure found, in place of what it found before."""
    _write(_part(measure), verdicts)


def is_kept(measure: Measure) -> bool:
    """Whether a measure has a result."""
    return _part(measure).exists()


def forget() -> None:
    """Drop all results of single measures."""
    shutil.rmtree(PARTS, ignore_errors=True)


def write(measures: Sequence[Measure]) -> list[Verdict]:
    """Write lab.json, a list of {id, setting, value, threshold, ok, control}, and return it: what `measures` found, by
    the number of the metric."""
    verdicts = [verdict for measure in measures if is_kept(measure) for verdict in _read(_part(measure))]
    verdicts.sort(key=lambda one: (_number(one.id), one.control))
    _write(OUT, verdicts)
    return verdicts


def read() -> list[Verdict]:
    """Return what lab.json says, nothing if it is not there."""
    return _read(OUT) if OUT.exists() else []


def _part(measure: Measure) -> Path:
    return PARTS / f"{measure.__module__}.{measure.__qualname__}.json"


def _number(metric: str) -> int:
    """Return 5 for "M5", 103 for "A3": who acts comes after who watches; what is told besides comes last."""
    found = re.fullmatch(r"([MA])(\d+)", metric)
    return int(found[2]) + (100 if found[1] == "A" else 0) if found else 999


def _read(path: Path) -> list[Verdict]:
    return [Verdict(**fields) for fields in json.loads(path.read_text(encoding="utf-8"))]


def _write(path: Path, verdicts: Sequence[Verdict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".new")
    half.write_text(json.dumps([asdict(one) for one in verdicts], indent=2) + "\n", encoding="utf-8")
    half.replace(path)
