"""What an exploration did and what it found."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Explored:
    """`states`: how many situations of the honest sides were reached; `tried`: what the attacker tried in them.

    `broken`: promises that did not hold, each once, with the first way to it.
    """

    machine: str
    states: int = 0
    tried: int = 0
    broken: dict[str, str] = field(default_factory=dict)

    def check(self, holds: bool, promise: str, way: str) -> None:
        """Note that a promise was broken on this way, if it was."""
        if not holds:
            self.broken.setdefault(promise, way)
