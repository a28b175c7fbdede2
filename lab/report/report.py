"""Puts the results of the lab into docs/anonymity.md: `python -m lab.report.report`, from lab/out/lab.json."""

import sys
from pathlib import Path
from typing import Final

from lab.report.results import read
from lab.report.verdict import Verdict, word

DOCUMENT: Final = Path("docs/anonymity.md")
BEGIN: Final = "<!-- results: begin -->"
END: Final = "<!-- results: end -->"


def results_table(verdicts: list[Verdict]) -> str:
    """Return the table in Markdown."""
    lines = ["| id | setting | value | threshold | verdict |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(_line(one) for one in verdicts)])


def _line(one: Verdict) -> str:
    setting = one.setting.replace("|", "\\|")
    return f"| {one.id} | {setting} | {one.value:.4g} | {one.threshold:.4g} | {word(one)} |"


def with_results(text: str, verdicts: list[Verdict]) -> str:
    """Return the document with the table in its place."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{results_table(verdicts)}\n{END}{after}"


def main() -> int:
    """Write the table."""
    verdicts = read()
    if not verdicts:
        print("lab/out/lab.json is not there: run `make lab` first", file=sys.stderr)
        return 1
    DOCUMENT.write_text(with_results(DOCUMENT.read_text(encoding="utf-8"), verdicts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
