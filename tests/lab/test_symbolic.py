"""The attacker who owns the network breaks no promise at small depth, and notices every mistake that is planted."""

from pathlib import Path

import pytest

from lab.symbolic.machines import MACHINES
from lab.symbolic.planted import MISTAKES, Mistake, planted


@pytest.mark.parametrize("machine", MACHINES)
def test_no_order_of_deliveries_breaks_a_promise(machine: str, tmp_path: Path) -> None:
    found = MACHINES[machine](tmp_path, 0)
    assert found.broken == {}
    assert found.tried > 200, "the exploration became trivial"


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_planted_mistake_is_noticed(mistake: Mistake, tmp_path: Path) -> None:
    with planted(mistake):
        assert mistake.breaks in MACHINES[mistake.machine](tmp_path, 0).broken
