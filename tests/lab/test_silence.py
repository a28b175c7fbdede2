"""A relay that is gone for good: letters go around it within some seals, and those that it had come again."""

import math
from pathlib import Path

import msgspec
import pytest

from lab.report.latency import middle_and_high
from lab.report.silence import letters_around, told_bits
from lab.worlds.community import make_community
from lab.worlds.scenarios import QUICK, START
from lab.worlds.world import World
from protocol.community.constants import Constants
from protocol.seams import RelayId

SMALL = msgspec.structs.replace(
    QUICK.constants, pages_per_seal=3, silent_ms=180_000, standard_slot_ms=20_000, metered_slot_ms=20_000
)


async def test_letters_go_around_a_relay_that_is_gone_and_come_that_it_had(tmp_path: Path) -> None:
    took = await letters_around(tmp_path, SMALL, clients=2, seals=2, rest=30, every=6)
    seal_s = SMALL.pages_per_seal * SMALL.page_s
    assert 3 * seal_s < took.known_after_s < 6 * seal_s, "silence, the next seal, half of one for all to read it"
    for minutes in (took.before, took.unknown, took.after):
        assert len(minutes) >= 4
        assert max(minutes) < math.inf


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_letters_take_less_than_twice_as_long_once_everybody_goes_around(tmp_path: Path) -> None:
    took = await letters_around(tmp_path, Constants(), clients=3, seals=4, rest=8)
    assert took.known_after_s < 4.5 * 3600
    assert middle_and_high(took.after)[1] < 2 * middle_and_high(took.before)[1]
    assert max(took.unknown) < took.known_after_s / 60 + 2 * middle_and_high(took.before)[1]


def test_what_differing_views_tell_is_nothing_when_all_agree_and_less_with_more_relays() -> None:
    told = {}
    for relays in (3, 5, 7):
        roster = make_community(
            World.stream(1, "roster"), relays=relays, guards=(0,), constants=Constants(), now=START
        ).roster
        for share in (0.0, 0.5, 1.0):
            told[relays, share] = told_bits(roster, share, RelayId(0), {RelayId(relays - 1)})
        assert told[relays, 0.0] == told[relays, 1.0] == (0, 0)
    assert 0.35 > told[3, 0.5][0] > told[5, 0.5][0] > told[7, 0.5][0] > 0
