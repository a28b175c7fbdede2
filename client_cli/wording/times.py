"""Days, moments and spans in words.

Invariant: moments are those of the local calendar, days that letters and cards carry those of UTC. docs/family.md,
Letters.
"""

from datetime import UTC, datetime, timedelta

from client_cli.i18n import ngettext
from client_cli.terminal import output

__all__ = ["day", "moment", "span", "utc_day"]


def day(unix_seconds: float) -> str:
    """The local calendar day."""
    return datetime.fromtimestamp(unix_seconds, tz=UTC).astimezone().strftime("%Y-%m-%d")


def moment(unix_seconds: float) -> str:
    """The local day and minute."""
    return datetime.fromtimestamp(unix_seconds, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def utc_day(number: int) -> str:
    """The calendar day of a UTC day number."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).strftime("%Y-%m-%d")


def span(seconds: float) -> str:
    """A length of time, in the largest unit of which there are at least two."""
    minutes = max(1, round(seconds / 60))
    if minutes < 120:
        return output.sentence(ngettext("{count} minute", "{count} minutes", minutes), count=minutes)
    hours = round(minutes / 60)
    if hours < 48:
        return output.sentence(ngettext("{count} hour", "{count} hours", hours), count=hours)
    days = round(hours / 24)
    return output.sentence(ngettext("{count} day", "{count} days", days), count=days)
