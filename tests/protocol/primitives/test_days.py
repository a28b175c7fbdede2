"""Day and month numbers. See docs/protocol.md, "Numbers and times"."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from protocol.primitives.days import day_of, month_of, month_start


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_days_and_months_follow_the_utc_calendar(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    now = aware.timestamp()
    assert day_of(now) == (aware.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    month = month_of(now)
    assert month == aware.year * 12 + aware.month
    assert month_start(month) <= now < month_start(month + 1)
    assert month_of(month_start(month)) == month
