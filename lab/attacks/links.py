"""M4: can somebody who watches the whole network tell days on which people write from days on which nobody does?

Each day is turned into numbers: how many exchanges and frames when, how regular, how they follow one another. Several
classifiers learn from half of the days; the best one is taken, at its best threshold, on the other half. By chance that
is more than nothing, so it is compared with the same on shuffled days. Control: what is
written leaves at once, as with a messenger.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lab.attacks.flows import flow_verdicts
from lab.attacks.pair_worlds import DAY_S, MEMBERS, SLOT_S, Day, as_messengers_do, days, partner
from lab.attacks.tracing import Floats, Ints
from lab.report.verdict import Scale, Verdict, at_most

SHUFFLES = 40
NULL_QUANTILE = 0.95
QUARTERS = 4


def features(day: Day) -> Floats:
    """Turn a day into numbers."""
    found: list[float] = []
    for member, times in enumerate(day.exchanges):
        gaps = np.diff(times)
        found += [len(times), float(gaps.mean()), float(gaps.std()), float((gaps < SLOT_S / 10).mean())]
        found += list(np.histogram(times, QUARTERS, (0.0, DAY_S))[0])
        found.append(float(np.corrcoef(gaps[:-1], gaps[1:])[0, 1]))
        theirs = day.exchanges[partner(member)]
        found += list(np.quantile(following(times, theirs), [0.1, 0.5, 0.9]))
    for times in day.links.values():
        found += [len(times), *np.histogram(times, QUARTERS, (0.0, DAY_S))[0]]
        found.append(float(np.bincount(times.astype(np.int64), minlength=1).std()))
    return np.array(found)


def following(times: Floats, others: Floats) -> Floats:
    """From each of `times` to the next of `others`; those after the last are left out."""
    next_one = np.searchsorted(others, times)
    has = next_one < len(others)
    gaps: Floats = others[next_one[has]] - times[has]
    return gaps


def advantage(rows: Floats, busy: Ints, draws: np.random.Generator) -> float:
    """Return the largest TPR - FPR of the best classifier on the half of the days it did not see."""
    order = draws.permutation(len(busy))
    seen, held_out = order[::2], order[1::2]
    if len(set(busy[seen])) < 2 or len(set(busy[held_out])) < 2:
        return 0.0
    best = 0.0
    for model in (
        make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500)),
        make_pipeline(StandardScaler(), KNeighborsClassifier(5)),
        GaussianNB(),
        RandomForestClassifier(30, random_state=1),
    ):
        model.fit(rows[seen], busy[seen])
        false, true, _ = roc_curve(busy[held_out], model.predict_proba(rows[held_out])[:, 1])
        best = max(best, float((true - false).max()))
    return best


def verdict_of(found: Sequence[Day], name: str, *, control: bool = False) -> Verdict:
    """Compare the advantage with that on shuffled days."""
    draws = np.random.default_rng(400)
    rows = np.nan_to_num(np.array([features(day) for day in found]))
    busy = np.array([day.busy for day in found], dtype=np.int64)
    null = [advantage(rows, draws.permutation(busy), draws) for _ in range(SHUFFLES)]
    value = advantage(rows, busy, draws)
    return at_most("M4", name, value, float(np.quantile(null, NULL_QUANTILE)), control=control)


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Measure M4 and, on the same days, M13 (lab.attacks.flows)."""
    number = 40 if scale is Scale.QUICK else 400
    honest = list(days(scratch, range(4000, 4000 + number), busy=lambda seed: seed % 2 == 0))
    quiet = [day for day in honest if not day.busy]
    pushed = list(days(scratch, range(5000, 5000 + number // 2), busy=lambda seed: True, mistake=as_messengers_do))
    mistaken = [day for both in zip(quiet, pushed, strict=True) for day in both]
    name = f"{MEMBERS} people, {number} days"
    return [
        verdict_of(honest, name),
        verdict_of(mistaken, f"{name}: letters pushed at once", control=True),
        *flow_verdicts(honest, mistaken, name),
    ]
