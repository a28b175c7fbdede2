"""A guard that treats one client at a time names nobody: what it told to one alone is not used.

docs/threats.md, A guard that treats one client at a time.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from lab.hostile.one_client import EACH, ONE_CLIENT
from lab.metrics.active import SETTING, SHORT_S, agreement_undone, hostile, play
from lab.worlds.scenarios import silent_world, writing_world
from lab.worlds.worlds import first_difference

A_WHILE_S = 900.0
LEFT = {
    EACH,
    "other keys for one",
    "descriptors of others left out",
    "own descriptors left out",
    "seals of others left out",
    "seals left out",
}
"""Tricks by which a client can seal nothing: it goes to another guard."""


async def test_a_guard_with_other_keys_for_every_client_names_nobody_and_is_left(memory_path: Path) -> None:
    gain = await play(memory_path, EACH, SETTING, SHORT_S)
    assert (gain.cells, gain.pairs, gain.used) == (0, 0, 0)
    assert gain.left == 5
    assert gain.letters > 0


async def test_it_names_writers_and_readers_where_the_word_of_the_others_does_not_count(memory_path: Path) -> None:
    with agreement_undone():
        gain = await play(memory_path, EACH, SETTING, A_WHILE_S)
    assert gain.cells > 50
    assert gain.used > 100


async def test_invariant_1_what_is_seen_is_the_same_whether_anyone_writes_when_a_guard_is_left(
    memory_path: Path,
) -> None:
    setting = replace(SETTING, duration_s=A_WHILE_S)
    makes = (hostile(silent_world, EACH), hostile(writing_world, EACH))
    assert await first_difference(memory_path, setting, makes) == 0


@pytest.mark.long
@pytest.mark.parametrize("trick", [trick for trick in ONE_CLIENT if trick != EACH])
async def test_nothing_that_one_client_alone_was_told_is_used(memory_path: Path, trick: str) -> None:
    gain = await play(memory_path, trick, SETTING, SHORT_S)
    assert (gain.cells, gain.used) == (0, 0)
    if trick in LEFT:
        assert gain.left >= 1
