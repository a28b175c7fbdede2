"""What the lab found, kept in lab/out/lab.json: a list of {id, setting, value, threshold, ok, control}."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from lab.verdict import Verdict

OUT: Final = Path("lab/out/lab.json")


def write(verdicts: list[Verdict]) -> None:
    """Write the verdicts: a list of {id, setting, value, threshold, ok, control}."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    half = OUT.with_suffix(".new")
    half.write_text(json.dumps([asdict(one) for one in verdicts], indent=2) + "\n", encoding="utf-8")
    half.replace(OUT)


def read() -> list[Verdict]:
    """Return the verdicts that were written, none if there is no file."""
    if not OUT.exists():
        return []
    return [Verdict(**fields) for fields in json.loads(OUT.read_text(encoding="utf-8"))]
