"""Each fault of `lab.faults` by itself, on networks that live through all that need the same kind (`make stories`)."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from lab.faults import smalldisk
from lab.faults.scenarios import SCENARIOS, Scenario, run
from lab.faults.search import search_all
from lab.faults.setting import Setting

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

SEED = 1
SHARED = [scenario for scenario in SCENARIOS if not scenario.own]
OWN = [scenario for scenario in SCENARIOS if scenario.own]


@pytest.fixture(scope="module")
def setting(story_path: Path) -> Iterator[Setting]:
    with Setting(story_path, Random(SEED)) as made:
        yield made
        made.settle()
        made.stop_relays()
        search_all(made)


@pytest.mark.parametrize("scenario", SHARED, ids=lambda scenario: scenario.name)
def test_nothing_is_lost_doubled_or_changed_by(scenario: Scenario, setting: Setting) -> None:
    outcome = run(setting, scenario)
    assert outcome.good, outcome


@pytest.mark.parametrize("scenario", OWN, ids=lambda scenario: scenario.name)
def test_nothing_is_lost_doubled_or_changed_on_its_own_network_by(scenario: Scenario, memory_path: Path) -> None:
    with Setting(memory_path, Random(SEED), **scenario.own) as own:
        outcome = run(own, scenario)
        assert outcome.good, outcome
        own.settle()
        own.stop_relays()
        search_all(own)


@pytest.mark.skipif(not smalldisk.possible(), reason="nothing can be mounted here")
def test_nothing_is_lost_on_a_small_disk_that_is_filled_and_write_protected(memory_path: Path) -> None:
    outcomes = list(smalldisk.in_a_namespace(memory_path / "small", SEED))
    assert len(outcomes) == 4
    assert all(outcome.good for outcome in outcomes), outcomes
