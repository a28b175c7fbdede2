"""The profile of a client: how often it makes an exchange and how much a response brings.

A profile is chosen once, by what a month may cost. It is visible to everyone who sees the client's line, so nothing
else may ever depend on it. Spec: docs/protocol.md, The schedule.
"""

from enum import IntEnum, unique


@unique
class Profile(IntEnum):
    """The values are the `profile` byte of a request."""

    METERED = 0
    STANDARD = 1
    GUARDED = 2
