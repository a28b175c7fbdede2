"""M13: do two people's lines carry the same conversation?

For a pair of lines the gaps from each exchange of one to the next of the other are observed, a hundred of them. How
likely each gap is between people who write to each other, and between people who do not, is learned from half of the
days; the other half is judged by the sum of the logarithms of the ratio. Told is the share of true pairs found when one
in a hundred false ones is taken for true; both sums are close to normal, so the share is worked out from their means
and scatter instead of from the few beyond a limit. Control: what is written leaves at once and is fetched at once.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm

from lab.attacks.pair_worlds import MEMBERS, SLOT_S, Day, partner
from lab.attacks.tracing import Floats
from lab.report.verdict import Verdict, at_most

OBSERVATIONS = 100
FALSE_SHARE = 0.01
FOUND_SHARE = 0.02
BINS = np.append(np.linspace(0.0, 2 * SLOT_S, 11), np.inf)


def observations(day: Day, one: int, other: int) -> Floats:
    """Gaps from exchanges of each to the next of the other, at most a hundred."""
    gaps = []
    for mine, theirs in ((one, other), (other, one)):
        times, others = day.exchanges[mine], day.exchanges[theirs]
        next_one = np.searchsorted(others, times)
        has = next_one < len(others)
        gaps.append((others[next_one[has]] - times[has])[: OBSERVATIONS // 2])
    return np.concatenate(gaps)


def pairs(found: Sequence[Day]) -> tuple[list[Floats], list[Floats]]:
    """Observations of all pairs that write to each other, and of all that do not."""
    linked: list[Floats] = []
    apart: list[Floats] = []
    for day in found:
        for one in range(MEMBERS):
            for other in range(one):
                together = day.busy and partner(one) == other
                (linked if together else apart).append(observations(day, one, other))
    return linked, apart


def found_share(found: Sequence[Day]) -> float:
    """Share of true pairs found at one false alarm in a hundred, on the days that were not learned from."""
    scores: list[list[float]] = [[], []]
    for half in (0, 1):
        # Idle and busy days take turns, so every fourth pair of days is kept together.
        learned = pairs([day for number, day in enumerate(found) if number // 2 % 2 == half])
        judged = pairs([day for number, day in enumerate(found) if number // 2 % 2 != half])
        chances = [np.histogram(np.concatenate(gaps), BINS)[0] + 1.0 for gaps in learned]
        ratio = np.log(chances[0] / chances[0].sum()) - np.log(chances[1] / chances[1].sum())
        for kind, gaps in enumerate(judged):
            scores[kind] += [float(np.histogram(one, BINS)[0] @ ratio / len(one)) for one in gaps]
    linked, apart = np.array(scores[0]), np.array(scores[1])
    limit = apart.mean() + norm.ppf(1 - FALSE_SHARE) * apart.std(ddof=1)
    return float(norm.sf((limit - linked.mean()) / linked.std(ddof=1)))


def flow_verdicts(honest: Sequence[Day], mistaken: Sequence[Day], name: str) -> list[Verdict]:
    """M13 on honest days and on those of the control."""
    return [
        at_most("M13", f"{name}: pairs found", found_share(honest), FOUND_SHARE),
        at_most("M13", f"{name}: letters pushed at once", found_share(mistaken), FOUND_SHARE, control=True),
    ]
