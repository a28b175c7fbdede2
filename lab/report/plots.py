"""Plots of docs/anonymity.md: `python -m lab.report.plots`, from the lab/out/lab.json of `make lab-full`.

Entropy of senders (M5) and readers (M6), and how long letters take, against the number of people and the profile.
"""

import re
import sys
from collections.abc import Callable, Iterable
from math import log2
from pathlib import Path
from typing import Final

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab.report.results import read
from lab.report.verdict import Verdict

FOLDER: Final = Path("docs/anonymity")
RELAYS: Final = 3
PROFILES: Final = {"metered": "tab:blue", "standard": "tab:orange", "guarded": "tab:green"}
SETTING: Final = re.compile(r"(\d+) (\w+), (\d+) relays: (.*)")
DPI: Final = 110

Points = dict[str, dict[int, float]]
"""Profile -> number of people -> value."""


def points(verdicts: Iterable[Verdict], metric: str, what: str) -> Points:
    """Return the values of one metric whose setting ends with `what`, at three relays."""
    found: Points = {}
    for one in verdicts:
        parts = SETTING.fullmatch(one.setting)
        if one.id != metric or one.control or parts is None:
            continue
        users, profile, relays, rest = parts.groups()
        if profile in PROFILES and int(relays) == RELAYS and rest == what:
            found.setdefault(profile, {})[int(users)] = one.value
    return found


def draw(axes: Axes, found: Points, value: Callable[[int, float], float], style: str, label: str) -> None:
    """Draw a line for each profile."""
    for profile, colour in PROFILES.items():
        sizes = sorted(found.get(profile, {}))
        heights = [value(users, found[profile][users]) for users in sizes]
        axes.plot(sizes, heights, style, color=colour, label=label.format(profile), marker="o", markersize=4)


def entropy(verdicts: list[Verdict]) -> None:
    """Plot how much somebody who watches the network and runs the storing relay lacks to know who it was."""
    figure, both = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
    for axes, metric, who in zip(both, ("M5", "M6"), ("senders", "readers"), strict=True):
        found = points(verdicts, metric, "bits missing")
        sizes = sorted({users for line in found.values() for users in line})
        axes.plot(sizes, [log2(users) for users in sizes], "k:", label="all people alike likely")
        draw(axes, found, lambda users, missing: log2(users) - missing, "-", "{}")
        axes.set_title(f"Entropy of {who} ({metric})")
        across(axes, sizes)
    both[0].set_ylabel("bits")
    both[0].legend()
    save(figure, "entropy.png")


def latency(verdicts: list[Verdict]) -> None:
    """Plot how long letters of one cell take."""
    figure, axes = plt.subplots(figsize=(7, 3.8))
    for what, style, label in (
        ("half of the letters, minutes", "-", "{}: half"),
        ("95 % of the letters, minutes", "--", "{}: 95 %"),
    ):
        draw(axes, points(verdicts, "latency", what), lambda _, minutes: minutes, style, label)
    half = points(verdicts, "latency", "half of the letters, minutes")
    across(axes, sorted({users for line in half.values() for users in line}))
    axes.set(ylim=(0, None), ylabel="minutes", title="From writing until it can be read")
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    save(figure, "latency.png")


def across(axes: Axes, sizes: list[int]) -> None:
    """Let the numbers of people that were measured run across, on a logarithmic scale."""
    axes.set(xscale="log", xlabel="people")
    axes.set_xticks(sizes, [str(users) for users in sizes])
    axes.minorticks_off()
    axes.grid(alpha=0.3)


def save(figure: Figure, name: str) -> None:
    """Write one plot, without the date and program that would make it differ each time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(FOLDER / name, dpi=DPI, metadata={"Software": None})
    plt.close(figure)


def main() -> int:
    """Make both plots."""
    verdicts = read()
    if not verdicts:
        print("lab/out/lab.json is not there: run `make lab-full` first", file=sys.stderr)
        return 1
    entropy(verdicts)
    latency(verdicts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
