"""A7: three guesses for a third party, each told, and the controls miss."""

from pathlib import Path

import pytest

from lab.attacks.guesses import (
    MOST,
    TRICKS,
    asks_and_ends,
    asks_and_falls_silent,
    ends_not_followed_up,
    only_asking_counted,
    play,
)


def test_all_tricks_in_turn_give_three_guesses_and_each_is_told(memory_path: Path) -> None:
    guesses, silent = play(memory_path, 1, TRICKS)
    assert (guesses, silent) == (MOST, 0)


@pytest.mark.parametrize("trick", TRICKS)
def test_each_trick_gives_at_most_three_and_each_is_told(memory_path: Path, trick: object) -> None:
    assert callable(trick)
    guesses, silent = play(memory_path, 2, [trick])
    assert 0 < guesses <= MOST
    assert silent == 0


def test_controls_miss(memory_path: Path) -> None:
    with ends_not_followed_up():
        assert play(memory_path, 3, [asks_and_falls_silent])[1] > 0
    with only_asking_counted():
        assert play(memory_path, 4, [asks_and_ends])[0] > MOST
