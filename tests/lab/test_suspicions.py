"""Whom a guard suspects: by times, by what it has shown, and by what it read off."""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.hostile.one_client import EACH, HONEST
from lab.hostile.suspicions import Notebook, Score, Suspicion, Truth
from lab.metrics.active import NOISE, SETTING, agreement_undone, play
from lab.worlds.scenarios import QUICK
from lab.worlds.wire import WIRE_S, Seen

HOLD_S = QUICK.constants.mean_hold_s
NAMES = ("one", "other")
SOON_S, LATER_S = 10_000.0, 10_000.0 + 5 * HOLD_S
"""When one of them asked, and the other."""
TRACE = [Seen(SOON_S, "one", "relay0", 1), Seen(LATER_S, "other", "relay0", 1), Seen(LATER_S, "relay0", "relay1", 1)]


def suspect(notebook: Notebook, trace: list[Seen] = TRACE) -> Score:
    """What the guard is right in, of a cell of one that the other asked for."""
    truth = Truth(left_at={b"hole": SOON_S}, asked_at={b"hole": LATER_S})
    return Suspicion("relay0", notebook, trace, NAMES, QUICK.constants).score(truth, 0.0)


def test_who_asked_one_mean_hold_before_is_likelier_than_who_asked_long_ago_or_just_now() -> None:
    early, late = SOON_S + HOLD_S, LATER_S + HOLD_S
    assert suspect(Notebook(left={b"hole": early}, asked={b"hole": late})) == Score(1, 1, 1, 1)
    assert suspect(Notebook(left={b"hole": late}, asked={b"hole": early})) == Score(1, 0, 1, 0)


def test_who_was_not_shown_a_page_has_not_asked_for_what_it_lists() -> None:
    came = SOON_S + HOLD_S
    listed = QUICK.constants.interval_of(came)
    asked = LATER_S - HOLD_S / 100
    trace = [*TRACE, Seen(asked - HOLD_S / 50, "other", "relay0", 1)]
    shown = [(SOON_S + WIRE_S, 0, listed - 1), (LATER_S + WIRE_S, 0, listed), (LATER_S + WIRE_S, 1, listed - 1)]
    notebook = Notebook(left={b"hole": came}, asked={b"hole": LATER_S + HOLD_S}, shown=shown[:1])
    assert suspect(notebook).readers_right == 1
    # What both were shown later says that neither had been shown the page: nobody is suspected.
    assert suspect(replace(notebook, shown=[(SOON_S + WIRE_S, 0, listed), (LATER_S + WIRE_S, 1, 0)]), trace) == Score(
        1, 1, 1, 0
    )
    # Unless they ask elsewhere.
    elsewhere = [seen._replace(receiver="relay1") if seen.sender == "other" else seen for seen in trace]
    away = replace(notebook, shown=[(SOON_S + WIRE_S, 0, 0)])
    assert suspect(away, elsewhere) == Score(1, 1, 1, 1)


def test_what_was_read_off_is_no_guess() -> None:
    shown = [(SOON_S + WIRE_S, 0, 0), (LATER_S + WIRE_S, 1, 0)]
    notebook = Notebook(left={b"hole": LATER_S + HOLD_S}, asked={b"hole": LATER_S + 2 * HOLD_S}, shown=shown)
    assert suspect(notebook).writers_right == 0
    notebook.writers[b"hole"].add(0)
    assert suspect(notebook).writers_right == 1


def test_shares_are_compared_in_standard_deviations() -> None:
    assert Score(100, 20, 100, 20).above(Score(100, 20, 100, 20)) == 0.0
    assert Score(100, 40, 100, 20).above(Score(100, 20, 100, 20)) == pytest.approx(0.2 / (0.3 * 0.7 / 50) ** 0.5)
    assert Score(0, 0, 0, 0).above(Score(100, 20, 100, 20)) == 0.0


async def test_keys_of_one_client_would_make_every_suspicion_right(memory_path: Path) -> None:
    setting = replace(SETTING, profiles=SETTING.profiles[:3])
    honest = (await play(memory_path / "honest", HONEST, setting, 600.0)).score
    with agreement_undone():
        told = (await play(memory_path / "undone", EACH, setting, 600.0)).score
    assert told.above(honest) > NOISE
