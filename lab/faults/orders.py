"""Orders to a running process: a folder of files that `lab.faults.launcher` and the shim in C look at.

`point`: the name of a point and what to do there, once; moved to `passed` when it was done. `clock`: seconds that the
process's clock is ahead. `commits`: while it exists, every commit fails. `fsync`: while it exists, every fsync fails.
"""

from enum import StrEnum, unique
from pathlib import Path

POINT, PASSED, CLOCK, COMMITS, FSYNC = "point", "passed", "clock", "commits", "fsync"


@unique
class Point(StrEnum):
    """Moments at which a crash would tell whether the order of steps is right."""

    COMMITTED = "a relay has committed exchanges and not answered"
    HEARD = "a relay has committed a batch and not acknowledged it"
    FORWARDED = "the next relay has acknowledged and the packets are not deleted"
    DELETED = "the packets are deleted in memory and not on disk"
    ROTATING = "new keys are made and not committed"
    ROTATED = "new keys are committed and not published"
    MIGRATING = "a new schema is made and not committed"
    MIGRATED = "a new schema is committed and nothing else was done"
    TAKEN_OUT = "the client has taken a slot's packets out and not posted them"
    ANSWERED = "the answer has come and the client has not taken it in"
    TAKING_IN = "the client has taken the answer in and not committed"
    SEALING = "the client has sealed a cell and not committed"


@unique
class Action(StrEnum):
    """What happens at a point."""

    KILL = "kill"
    STOP = "stop"


class Orders:
    """The folder of one process. The process may come and go; orders stay until they are taken back."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder

    def at(self, point: Point, action: Action) -> None:
        """Do this when the process next comes to that point."""
        (self.folder / PASSED).unlink(missing_ok=True)
        self._put(POINT, f"{point.name} {action}")

    @property
    def passed(self) -> bool:
        """Whether the last order for a point was carried out."""
        return (self.folder / PASSED).exists()

    def take_back(self) -> None:
        """Forget the order for a point."""
        (self.folder / POINT).unlink(missing_ok=True)

    def clock(self, ahead_s: float) -> None:
        """Set the process's clock ahead (or back, if negative) of this machine's, at once."""
        self._put(CLOCK, repr(ahead_s))

    def refuse(self, what: str, refused: bool) -> None:
        """Let every commit (COMMITS) or every fsync (FSYNC) fail, or succeed again."""
        if refused:
            self._put(what, "")
        else:
            (self.folder / what).unlink(missing_ok=True)

    def _put(self, name: str, text: str) -> None:
        partial = self.folder / f".{name}"
        partial.write_text(text)
        partial.rename(self.folder / name)  # the reader sees all of it or nothing
