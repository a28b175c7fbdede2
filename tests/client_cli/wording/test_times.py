"""Days, moments and spans in words."""

import os
import time
from collections.abc import Iterator

import pytest

from client_cli.wording import times


@pytest.fixture
def seoul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The computer's clock is nine hours ahead of UTC."""
    monkeypatch.setitem(os.environ, "TZ", "KST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("seoul")
def test_moments_are_local_and_days_of_cards_are_not() -> None:
    late = 20_000 * 86_400 + 16 * 3600.0  # 16:00 UTC is 01:00 of the next day in Seoul
    assert times.day(late) == "2024-10-05"
    assert times.moment(late) == "2024-10-05 01:00"
    assert times.utc_day(20_000) == "2024-10-04"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 minute"),
        (89, "1 minute"),
        (90, "2 minutes"),
        (119 * 60, "119 minutes"),
        (120 * 60, "2 hours"),
        (47 * 3600, "47 hours"),
        (48 * 3600, "2 days"),
        (90 * 86_400, "90 days"),
    ],
)
def test_a_span_is_in_the_largest_unit_of_which_there_are_two(seconds: float, words: str) -> None:
    assert times.span(seconds) == words
