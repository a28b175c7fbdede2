"""M8, M14 and M16: takes, holds and storing relays of what really travelled, from the recorded ways of packets.

M8: no take is presented twice within the hour, whatever is lost. M14: what lies between a slot and the arrival of its
packet at the storing relay is the sum of two exponential holds, for deposits and fetches alike, and a reply waits for
one more. M16: cells lie evenly at all relays, those of letters too. Each has a control that makes the mistake.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from scipy import stats

from lab.mutants.cells import asks_again_at_once, fixed_store_per_contact
from lab.mutants.table import SHORT
from lab.report.verdict import Scale, Verdict, at_least, at_most
from lab.worlds.journeys import Journey, Recording
from lab.worlds.recording import recording
from lab.worlds.scenarios import A_DAY, HOUR_S, NO_LOSSES, START, Setting, writing_world
from protocol.community.constants import Constants
from protocol.profile import Profile

P_LEAST = 0.01
# Nothing is lost: a batch sent again after a loss is late by 20 s, and that is not what is measured.
HOLDS = replace(A_DAY, profiles=(Profile.GUARDED,) * 3, duration_s=8 * HOUR_S, letters_each=8, losses=NO_LOSSES)
TAIL_MEANS = 20
"""Packets that left their slot less than so many mean holds before the end are left out: late ones would be missing."""
LOSSY = replace(SHORT, letters_each=6)


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Record a day with losses and some hours without, and the controls; at full scale three times as much."""
    day = A_DAY if scale is Scale.QUICK else replace(A_DAY, duration_s=3 * A_DAY.duration_s, letters_each=4)
    holds = HOLDS if scale is Scale.QUICK else replace(HOLDS, duration_s=3 * HOLDS.duration_s)
    travelled = record(scratch / "holds", holds)
    verdicts = [
        at_most("M8", "a day, 2 % lost, guard away", most_presented(record(scratch / "day", day), day.constants), 1),
        at_most(
            "M8", "quick constants, 5 % lost", most_presented(record(scratch / "lossy", LOSSY), LOSSY.constants), 1
        ),
    ]
    with asks_again_at_once():
        again = record(scratch / "again", LOSSY)
    verdicts.append(at_most("M8", "asks again at once", most_presented(again, LOSSY.constants), 1, control=True))
    verdicts += holds_verdicts(travelled, holds)
    verdicts += [
        at_least("M16", "3 relays, cells, p", even(travelled.deposits(), 3), P_LEAST),
        at_least("M16", "3 relays, cells of letters, p", even(of_letters(travelled.deposits()), 3), P_LEAST),
    ]
    if scale is Scale.FULL:
        five = record(scratch / "five", replace(holds, relays=5)).deposits()
        verdicts.append(at_least("M16", "5 relays, cells, p", even(five, 5), P_LEAST))
        verdicts.append(at_least("M16", "5 relays, cells of letters, p", even(of_letters(five), 5), P_LEAST))
    with fixed_store_per_contact():
        fixed = record(scratch / "fixed", LOSSY).deposits()
    fixed_p = even(of_letters(fixed), 3)
    return [*verdicts, at_least("M16", "a fixed S per contact, cells of letters, p", fixed_p, P_LEAST, control=True)]


def record(scratch: Path, setting: Setting) -> Recording:
    """Return what was recorded of a world in which everybody writes."""

    async def played() -> Recording:
        world = await writing_world(scratch, setting)
        with recording(world) as found:
            await world.run(START + setting.duration_s)
        await world.close()
        return found

    return asyncio.run(played())


def most_presented(found: Recording, constants: Constants) -> int:
    """Return how often any take was presented within `ask_again`, at most; what a link sent again counts once."""
    times: dict[tuple[int, bytes], dict[bytes, float]] = {}
    for one in found.arrivals:
        if one.fetch and one.hole is not None:
            times.setdefault((one.relay, one.hole), {}).setdefault(one.tag, one.at)
    within_s = constants.ask_again_ms / 1000
    return max(
        sum(at <= other < at + within_s for other in by_tag.values())
        for by_tag in times.values()
        for at in by_tag.values()
    )


def holds_verdicts(found: Recording, setting: Setting) -> list[Verdict]:
    """Return M14: the three times, and as a control the time to the store taken for one hold of the same mean."""
    mean_s, back_s = setting.constants.mean_hold_s, setting.constants.reply_hold_s
    until = START + setting.duration_s - TAIL_MEANS * mean_s
    two, one = stats.gamma(2, scale=mean_s).cdf, stats.expon(scale=back_s).cdf
    deposits = [way for way in found.deposits() if way.slot.at < until]
    fetches = [way for way in found.fetches() if way.slot.at < until]
    to_store = [way.store_in - way.slot.at for way in deposits if way.store_in is not None]
    asked = [way.store_in - way.slot.at for way in fetches if way.store_in is not None]
    back = [way.back_out - way.back_in for way in fetches if way.back_out is not None and way.back_in is not None]
    return [
        at_least("M14", "deposit at S - slot, p", fit(to_store, two), P_LEAST),
        at_least("M14", "fetch at S - slot, p", fit(asked, two), P_LEAST),
        at_least("M14", "hold of the reply, p", fit(back, one), P_LEAST),
        at_least(
            "M14",
            "deposit, were it one hold, p",
            fit(to_store, stats.expon(scale=2 * mean_s).cdf),
            P_LEAST,
            control=True,
        ),
    ]


def fit(times: list[float], cdf: Callable[[float], float]) -> float:
    """Return the p-value of a Kolmogorov-Smirnov test of times in seconds."""
    return float(stats.kstest(times, cdf).pvalue)


def of_letters(ways: Iterable[Journey]) -> list[Journey]:
    """Return the deposits that carried part of a letter."""
    return [way for way in ways if way.cargo.letter is not None]


def even(ways: Iterable[Journey], relays: int) -> float:
    """Return the p-value of a chi-squared test of the storing relays against a uniform choice of `relays`."""
    counts = Counter(way.cargo.route.store for way in ways)
    return float(stats.chisquare([counts[number] for number in range(relays)]).pvalue)  # type: ignore[index]
