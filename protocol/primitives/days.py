"""Days and months of UTC as numbers, for keys, cards and rosters.

A day is the number of whole days since 1970-01-01 (u16 until 2149); a month is year * 12 + month with January as 1.
Spec: docs/protocol.md, Numbers and times.
Decision 106.
"""

from datetime import UTC, datetime
from typing import Final

DAY_S: Final = 86_400
DAY_MAX: Final = 0xFFFE  # 0xffff stands for "door key" in a link batch


def day_of(now: float) -> int:
    """Return the UTC day number of a Unix time in seconds."""
    return int(now // DAY_S)


def month_of(now: float) -> int:
    """Return the UTC month number, year * 12 + month."""
    moment = datetime.fromtimestamp(now, tz=UTC)
    return moment.year * 12 + moment.month


def month_start(month: int) -> float:
    """Return the Unix time in seconds at which a month begins."""
    year, month_before = divmod(month - 1, 12)
    return datetime(year, month_before + 1, 1, tzinfo=UTC).timestamp()
