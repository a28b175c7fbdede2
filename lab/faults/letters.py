"""The letters of a run: what was written, what came, and whether it is the same.

A letter that did not come is lost, one that came more often than it was written is doubled, one that came with other
words or out of order is changed. All three have to be nought.
"""

from dataclasses import dataclass, field

LONG_EVERY = 5
"""Every fifth letter takes three cells."""


def text_of(writer: str, number: int) -> str:
    """The text of a letter: no two are alike."""
    line = f"{writer} 편지 {number}: 보고 싶은 얼굴"
    if number % LONG_EVERY != LONG_EVERY - 1:
        return line
    return "\n".join(f"{line}, {day}일째 되는 날에도 잘 지내고 있습니다." for day in range(100))


@dataclass(slots=True)
class Ledger:
    """Letters of one writer to one reader, in the order they were written."""

    writer: str
    written: list[str] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)

    def next(self) -> str:
        """The next letter to write; it counts as written once `wrote` says so."""
        return text_of(self.writer, len(self.written))

    @property
    def lost(self) -> int:
        """Letters that have not come."""
        return len(set(self.written) - set(self.arrived))

    @property
    def duplicated(self) -> int:
        """Letters that came once too often."""
        return len(self.arrived) - len(set(self.arrived))

    @property
    def changed(self) -> int:
        """Letters that nobody wrote, or that stand in another place than they were written."""
        strange = len(set(self.arrived) - set(self.written))
        known = [text for text in self.written if text in set(self.arrived)]
        came = [text for text in dict.fromkeys(self.arrived) if text in set(self.written)]
        return strange + sum(one != other for one, other in zip(known, came, strict=True))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the table. `recovery_s`: from the end of the fault until every letter had arrived; None: not yet."""

    kind: str
    fault: str
    what: str
    sent: int
    arrived: int
    duplicated: int
    changed: int
    lost: int
    recovery_s: float | None

    @property
    def good(self) -> bool:
        """Whether every letter came once and as it was."""
        return not (self.duplicated or self.changed or self.lost) and self.recovery_s is not None
