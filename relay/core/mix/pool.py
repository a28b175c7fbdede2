"""The mix pool: what waits for its hold or for another relay, and what leaves next. Pure; the store holds the bodies.

Invariant: nothing is claimed before it is due, and what is due is claimed in the order (due, id), the id being random:
the order of arrival is forgotten. What was claimed stays in the pool until it is dropped, so a crash loses nothing.
Spec: docs/protocol.md, Relay.
"""

import heapq
from collections import Counter
from collections.abc import Iterable

from protocol.routes.frames import FrameKind
from protocol.seams import RelayId
from relay.store.interface import PoolEntry


class MixPool:
    """Due times in Unix milliseconds, one queue for each next relay."""

    def __init__(self, entries: Iterable[PoolEntry] = ()) -> None:
        self._entries: dict[int, PoolEntry] = {}
        self._queues: dict[tuple[RelayId, bool], list[tuple[int, int]]] = {}  # by next relay; board pieces apart
        self._kinds: Counter[int] = Counter()
        for entry in entries:
            self.add(entry)

    def add(self, entry: PoolEntry) -> None:
        """Put in (due_ms, id, next relay, frame kind)."""
        due_ms, number, peer, kind = entry
        self._entries[number] = entry
        self._kinds[kind] += 1
        queue = self._queues.setdefault((RelayId(peer), kind == FrameKind.PIECE), [])
        heapq.heappush(queue, (due_ms, number))

    def claim(self, peer: RelayId, now_ms: int, limit: int) -> list[int]:
        """Claim at most `limit` ids of packets and replies that are due for `peer`, earliest first."""
        return self._claim((peer, False), now_ms, limit)

    def claim_pieces(self, peer: RelayId, now_ms: int, limit: int) -> list[int]:
        """The same for board pieces, which links carry in order."""
        return self._claim((peer, True), now_ms, limit)

    def _claim(self, key: tuple[RelayId, bool], now_ms: int, limit: int) -> list[int]:
        queue = self._queues.get(key, [])
        claimed: list[int] = []
        while queue and len(claimed) < limit and queue[0][0] <= now_ms:
            _, number = heapq.heappop(queue)
            if number in self._entries:
                claimed.append(number)
        return claimed

    def withhold(self, numbers: Iterable[int]) -> None:
        """Treat these as claimed."""
        held = set(numbers)
        for key, queue in self._queues.items():
            self._queues[key] = [item for item in queue if item[1] not in held]
            heapq.heapify(self._queues[key])

    def drop(self, numbers: Iterable[int]) -> None:
        """Forget; unknown ids are ignored."""
        for number in numbers:
            entry = self._entries.pop(number, None)
            if entry is not None:
                self._kinds[entry[3]] -= 1

    def first_due(self, peer: RelayId, *, pieces_alone: bool = False) -> int | None:
        """When the earliest one for `peer` that was not claimed is due; of all, or of board pieces."""
        firsts = []
        for key in ((peer, True),) if pieces_alone else ((peer, False), (peer, True)):
            queue = self._queues.get(key, [])
            while queue and queue[0][1] not in self._entries:
                heapq.heappop(queue)
            firsts += [due_ms for due_ms, _ in queue[:1]]
        return min(firsts, default=None)

    def has_pieces(self, numbers: Iterable[int]) -> bool:
        """Whether any of these is a board piece."""
        return any(number in self._entries and self._entries[number][3] == FrameKind.PIECE for number in numbers)

    def last_piece_due(self) -> int:
        """When the last board piece is due, 0 if there is none."""
        return max((due_ms for due_ms, _, _, kind in self._entries.values() if kind == FrameKind.PIECE), default=0)

    def stale(self, kind: FrameKind, before_ms: int) -> list[int]:
        """Ids of one kind that were due before a time and are still here, ascending."""
        return sorted(number for number, entry in self._entries.items() if entry[3] == kind and entry[0] < before_ms)

    def bound_for_others(self, peers: Iterable[RelayId]) -> list[int]:
        """Ids whose next relay is not among `peers`, ascending."""
        known = set(peers)
        return sorted(number for number, entry in self._entries.items() if entry[2] not in known)

    @property
    def travelling(self) -> int:
        """Packets and replies; board pieces do not count."""
        return self._kinds[FrameKind.PACKET] + self._kinds[FrameKind.REPLY]

    def __len__(self) -> int:
        return len(self._entries)


def next_tick_ms(at_ms: int, tick_ms: int) -> int:
    """The first moment of the link-tick grid after `at_ms`: links send on the grid, never on events."""
    return (at_ms // tick_ms + 1) * tick_ms
