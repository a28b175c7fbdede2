"""The pigeonholes of one epoch, as both ends of a stream keep them: one state, and the few secrets that lag behind it.

`next` is one more than the highest index ever spent. From there on everything follows from `state`; below it only
the secrets of indices that may still be used are kept. Invariant: after `spend(i)` nothing kept yields secret i.

Spec: docs/protocol.md, Pigeonholes.
Decision 14.
"""

from protocol.streams.pigeonhole import ChainState, HoleSecret, advance


class EpochChain:
    """State of one chain. `kept` maps an index below `next` to its secret; do not change it from outside."""

    __slots__ = ("_ahead", "kept", "next", "state")

    def __init__(self, state: ChainState, next_index: int, kept: dict[int, HoleSecret]) -> None:
        self.state = state
        self.next = next_index
        self.kept = kept
        self._ahead: list[tuple[HoleSecret, ChainState]] = []
        """(secret of index next + n, state after it), worked out when first asked for and never stored."""

    def find_secret(self, index: int) -> HoleSecret | None:
        """Return the secret of an index, None if it has been spent or dropped."""
        if index < self.next:
            return self.kept.get(index)
        while len(self._ahead) <= index - self.next:
            self._ahead.append(advance(self._ahead[-1][1] if self._ahead else self.state))
        return self._ahead[index - self.next][0]

    def spend(self, index: int) -> None:
        """Erase an index; those skipped on the way to it are kept."""
        if index >= self.next:
            self.find_secret(index)
            self.kept.update({self.next + n: self._ahead[n][0] for n in range(index - self.next)})
            self._move_to(index + 1)
        self.kept.pop(index, None)

    def drop_below(self, floor: int) -> None:
        """Erase every index below `floor`, spent or not."""
        for index in [index for index in self.kept if index < floor]:
            del self.kept[index]
        if floor > self.next:
            self.find_secret(floor - 1)
            self._move_to(floor)

    def _move_to(self, next_index: int) -> None:
        steps = next_index - self.next
        self.state = self._ahead[steps - 1][1]
        del self._ahead[:steps]
        self.next = next_index
