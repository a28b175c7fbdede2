"""What the anonymity table says of a value: a threshold is kept or missed, and a control must miss it."""

import importlib
import json
from pathlib import Path

import pytest

from lab.report.__main__ import METRICS
from lab.report.results import forget, is_kept, keep, read, write
from lab.report.verdict import Scale, Verdict, at_least, at_most, exactly, word


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


def test_what_a_spawned_process_runs_is_not_in_the_module_that_was_started() -> None:
    measured = vars(importlib.import_module("lab.report.__main__"))["measured"]
    assert not measured.__module__.endswith("__main__"), "it would look for it in a module that it does not have"


def good(scale: Scale, scratch: Path) -> list[Verdict]:
    return [at_most("M2", "as it is", 0, 0)]


def control(scale: Scale, scratch: Path) -> list[Verdict]:
    return [at_least("latency", "", 1, 1), at_least("M1", "p", 0.001, 0.01, control=True)]


def test_results_of_measures_are_put_together_by_number_and_one_can_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read() == []
    keep(good, [at_most("M2", "of an earlier run", 1, 0)])
    for measure in (good, control):
        keep(measure, measure(Scale.QUICK, tmp_path))
    assert [one.id for one in write([good, control])] == ["M1", "M2", "latency"]
    assert [one.setting for one in read()] == ["p", "as it is", ""]
    first, *_ = json.loads((tmp_path / "lab" / "out" / "lab.json").read_text("utf-8"))
    assert list(first) == ["id", "setting", "value", "threshold", "ok", "control"]
    forget()
    assert not is_kept(good)


def test_every_metric_has_a_measure() -> None:
    known = {one for ids, _ in METRICS for one in ids.split()}
    watching = {one for one in known if not one.startswith("A")}
    assert watching == {f"M{number}" for number in range(1, 19)} | {"latency"}
