"""After `HEALED_AFTER` round trips a thief of the vault opens nothing, forges nothing and names no pigeonhole.

He keeps the copy, sees every cell and every pigeonhole, and runs the real code on the copy (lab.hostile.thief).
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.attacks.thefts import Theft, play, session_1_kept, without_generations

HISTORIES = st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.booleans()), max_size=8)
"""What happened before: (who sends, a letter or acks only, whether it comes)."""


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), HISTORIES, st.integers(0, 1), st.integers(0, 1))
def test_a_copy_is_worth_nothing_after_a_few_round_trips(
    seed: int, history: list[tuple[int, bool, bool]], victim: int, starter: int
) -> None:
    assert play(seed, history, victim, starter) == Theft(0, 0, 0)


@pytest.mark.parametrize("victim", [0, 1])
def test_a_thief_reads_and_names_all_before_that(victim: int) -> None:
    """The thief is no straw man: at once he names everything and opens what the ratchet has not healed."""
    found = play(1, [], victim, 0, after=0)
    assert found.named > 0
    assert play(1, [(0, True, True), (1, True, True)], victim, 1, after=0).named > 0


@pytest.mark.parametrize("victim", [0, 1])
def test_without_new_generations_he_names_every_pigeonhole(victim: int) -> None:
    with without_generations():
        found = play(2, [], victim, 0)
    assert found.named == found.cells


@pytest.mark.parametrize("victim", [0, 1])
def test_with_session_1_kept_he_writes_in_the_name_of_the_second_side(victim: int) -> None:
    with session_1_kept():
        assert play(3, [(1, True, True)], victim, 0).forged > 0
