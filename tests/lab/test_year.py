"""A simulated year of `online`: a short one runs, and what would grow in a long one is named."""

from pathlib import Path

import pytest
from rich.console import Console

from lab.bench.year import growing, live
from lab.bench.year_member import Mark


def mark(day: int, memory: float = 60.0, vault: int = 400_000, **rows: int) -> Mark:
    return Mark(day, memory, memory, vault, rows, day)


def test_what_grows_in_the_second_half_is_named_and_what_moves_by_chance_is_not() -> None:
    still = [mark(day, 60 + day % 2, expected=500 + 50 * (day % 3), arrived=day % 5) for day in range(100)]
    assert growing(still) == []
    assert growing([mark(day, 60 + day / 10) for day in range(100)]) == ["memory"]
    assert growing([mark(day, vault=400_000 + 5000 * day) for day in range(100)]) == ["vault"]
    assert growing([mark(day, letters_out=10 * day) for day in range(100)]) == [
        "table letters_out (490 rows, then 990)"
    ]


@pytest.mark.long
async def test_a_member_lives_for_some_weeks(memory_path: Path) -> None:
    marks = await live(memory_path, 17, Console(quiet=True))
    assert [one.day for one in marks] == list(range(1, 18))
    assert marks[-1].letters == 1
    assert marks[-1].rows["letters_out"] == 1
    assert 20 < marks[-1].resident_mb <= marks[-1].peak_mb < 120
