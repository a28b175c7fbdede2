"""A wait ends when its time has passed, and never later than that, whatever the clock does."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.primitives.waits import NO_WAIT, Wait

times = st.integers(0, 1 << 40)


def test_a_wait_is_over_after_its_length() -> None:
    wait = Wait(100, 10)
    assert [wait.is_over(now) for now in (100, 109, 110)] == [False, False, True]
    assert [wait.end(now) for now in (100, 109, 110, 200)] == [110, 110, 110, 200]


@given(times, st.integers(0, 1 << 20), times)
def test_no_clock_makes_anybody_wait_longer_than_the_length(since: int, length: int, now: int) -> None:
    wait = Wait(since, length)
    assert now <= wait.end(now) <= now + length
    assert wait.is_over(now) == (wait.end(now) == now)
    assert wait.is_over(wait.end(now))


@given(times)
def test_no_wait_is_over_at_any_time(now: int) -> None:
    assert NO_WAIT.is_over(now)
