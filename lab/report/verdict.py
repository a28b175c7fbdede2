"""What a metric of the anonymity table says, and how much of it is measured.

Every metric is a module with `measure(scale, scratch) -> list[Verdict]`; `lab.report` names them all in one table. A
control is a setting that must miss the threshold: a lab whose controls pass is worth nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path


@unique
class Scale(Enum):
    """How much is measured."""

    QUICK = "quick"
    """Minutes on two cores; what `make lab` runs."""
    FULL = "full"
    """Every setting, as long as it takes; what `make lab-full` runs."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of the table. `ok`: the threshold is kept, or missed where this is a control."""

    id: str
    setting: str
    value: float
    threshold: float
    ok: bool
    control: bool


Measure = Callable[[Scale, Path], list[Verdict]]
"""A function `measure(scale, scratch)`; `scratch` is an empty folder of its own, in memory where there is one."""


def at_most(metric: str, setting: str, value: float, threshold: float, *, control: bool = False) -> Verdict:
    """Return the verdict on a value that must not be above `threshold` (a control must be)."""
    return Verdict(metric, setting, float(value), float(threshold), bool(value <= threshold) != control, control)


def at_least(metric: str, setting: str, value: float, threshold: float, *, control: bool = False) -> Verdict:
    """Return the verdict on a value that must not be below `threshold` (a control must be)."""
    return Verdict(metric, setting, float(value), float(threshold), bool(value >= threshold) != control, control)


def exactly(metric: str, setting: str, value: float, threshold: float, *, control: bool = False) -> Verdict:
    """Return the verdict on a value that must be `threshold` (a control must not be)."""
    return Verdict(metric, setting, float(value), float(threshold), bool(value == threshold) != control, control)


def word(verdict: Verdict) -> str:
    """Return what the table says of a verdict."""
    if verdict.control:
        return "must fail, fails" if verdict.ok else "must fail, PASSES"
    return "ok" if verdict.ok else "MISSED"
