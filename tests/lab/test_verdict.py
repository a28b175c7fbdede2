"""What the anonymity table says of a value: a threshold is kept or missed, and a control must miss it."""

import json
from pathlib import Path

import pytest

from lab.lab import IDS
from lab.results import read, write
from lab.verdict import Verdict, at_least, at_most, exactly, word


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (at_most("M1", "as it is", 0, 0), "ok"),
        (at_most("M1", "as it is", 1, 0), "MISSED"),
        (at_most("M1", "a mutant", 1, 0, control=True), "must fail, fails"),
        (at_most("M1", "a mutant", 0, 0, control=True), "must fail, PASSES"),
        (at_least("M3", "p", 0.5, 0.01), "ok"),
        (at_least("M3", "p", 0.001, 0.01), "MISSED"),
        (at_least("M3", "p", 0.001, 0.01, control=True), "must fail, fails"),
        (exactly("M15", "ratio", 1, 1), "ok"),
        (exactly("M15", "ratio", 1.0000001, 1), "MISSED"),
        (at_most("M5", "nothing was measured", float("nan"), 1), "MISSED"),
    ],
)
def test_table_tells_kept_and_missed_thresholds_apart(verdict: Verdict, says: str) -> None:
    assert word(verdict) == says
    assert verdict.ok == (says in {"ok", "must fail, fails"})


def test_what_was_written_is_read_again_and_is_a_list_of_the_agreed_fields(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read() == []
    verdicts = [at_most("M1", "as it is", 0, 0), at_least("M3", "p", 0.001, 0.01, control=True)]
    write(verdicts)
    assert read() == verdicts
    (first, _) = json.loads((tmp_path / "lab" / "out" / "lab.json").read_text("utf-8"))
    assert list(first) == ["id", "setting", "value", "threshold", "ok", "control"]


def test_every_metric_has_a_measure() -> None:
    assert {"M1", "M2", "M3", "M8", "M14", "M15", "M16", "M17", "M18"} <= set(IDS)
