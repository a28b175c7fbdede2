"""Whom a guard suspects from times alone, beside what it reads off keys: what it says to one client must not help it.

The guard is also the storing relay of the cells looked at and sees the exchanges of all clients with whomever. The two
holds between an exchange and what arrives at the storing relay are exponential with the same mean h, so an exchange
that was t before has the weight t exp(-t / h) (an Erlang distribution; M5 and M6 weigh more exactly, and for a
passive attacker); and nobody has asked for a cell before the page that lists it was shown to them. A trick that
narrows down who it was would show as a guess that is right more often than beside an honest guard.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from client_cli.post import slots
from lab.mutants.wrapping import wrapped
from lab.worlds.wire import WIRE_S, Seen
from protocol.community.constants import Constants
from protocol.streams.pigeonhole import Take, hole_of

WINDOW_HOLDS: Final = 12
"""How long before its arrival a packet may have left its client, in mean holds: later once in 12,000 times."""


@dataclass(slots=True)
class Notebook:
    """What the guard notes as storing relay, and what it has shown of the board: times in Unix seconds.

    `left`, `asked`: by hole, when the first cell for it and the first fetch of it arrived; `shown`: when a client (by
    the guard's number for it) was shown the board up to which interval; `writers`, `readers`: by hole, whom it has read
    off.
    """

    left: dict[bytes, float] = field(default_factory=dict)
    asked: dict[bytes, float] = field(default_factory=dict)
    shown: list[tuple[float, int, int]] = field(default_factory=list)
    writers: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))
    readers: dict[bytes, set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def named(self) -> int:
        """How many times it has read off who left a cell or asked for one."""
        return len(self.writers) + len(self.readers)

    @property
    def pairs(self) -> set[tuple[int, int]]:
        """Who writes to whom: clients whose cell another one asked for."""
        return {
            (writer, reader)
            for hole, writers in self.writers.items()
            for writer in writers
            for reader in self.readers.get(hole, ())
            if writer != reader
        }


@dataclass(slots=True)
class Truth:
    """By hole, the time of the slot in which it was really left or asked for."""

    left_at: dict[bytes, float] = field(default_factory=dict)
    asked_at: dict[bytes, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """How many suspicions of writers and readers there were and how many were right."""

    writers: int
    writers_right: int
    readers: int
    readers_right: int

    def above(self, honest: "Score") -> float:
        """By how many standard deviations more are right than beside an honest guard: the larger of both kinds."""
        return max(
            _above(self.writers_right, self.writers, honest.writers_right, honest.writers),
            _above(self.readers_right, self.readers, honest.readers_right, honest.readers),
        )


def _above(right: int, of: int, honest_right: int, honest_of: int) -> float:
    """The z value of a difference of two shares; nothing was learned where nothing was seen."""
    if not of or not honest_of:
        return 0.0
    share = (right + honest_right) / (of + honest_of)
    scatter = math.sqrt(max(share * (1 - share), 1e-9) * (1 / of + 1 / honest_of))
    return (right / of - honest_right / honest_of) / scatter


@contextmanager
def true_slots() -> Iterator[Truth]:
    """Note, for clients that run meanwhile, in which slot each pigeonhole is used; no client is changed by it."""
    truth = Truth()
    choose_deposit: Callable[..., Any] = slots.choose_deposit
    choose_take: Callable[..., Any] = vars(slots)["choose_take"]

    def noted_deposit(tx: Any, store: Any, at: float, randomness: Any) -> Any:
        deposit = choose_deposit(tx, store, at, randomness)
        truth.left_at[bytes(deposit.hole)] = at
        return deposit

    def noted_take(tx: Any, route: Any, at: float, *more: Any) -> Any:
        asked = choose_take(tx, route, at, *more)
        truth.asked_at.setdefault(bytes(hole_of(Take(asked.take))), at)
        return asked

    with wrapped(slots, choose_deposit=noted_deposit, choose_take=noted_take):
        yield truth


class Suspicion:
    """One world, after it has run: whom the guard suspects of each cell and each fetch.

    Of who has gone over to another guard it does not know what they were shown.
    """

    def __init__(
        self, guard: str, notebook: Notebook, trace: Sequence[Seen], names: Sequence[str], constants: Constants
    ) -> None:
        """`guard`: its name in `trace`; `names`: those of the clients there."""
        self._guard = guard
        self._notebook = notebook
        self._hold_s = constants.mean_hold_s
        self._constants = constants
        self._exchanges = [seen for seen in trace if seen.sender in names]
        self._names = {round(seen.at, 6): seen.sender for seen in self._exchanges}
        self._clients = {client: self._name(at - WIRE_S) for at, client, _ in notebook.shown}

    def score(self, truth: Truth, warm: float) -> Score:
        """Compare all suspicions of cells that came after `warm` (Unix seconds) with the truth."""
        writers = writers_right = readers = readers_right = 0
        notes, shown = self._notebook, self._shown_at()
        for hole, came in notes.left.items():
            if came < warm or hole not in truth.left_at:
                continue
            writers += 1
            writers_right += self._suspect(notes.writers.get(hole), came, {}) == self._name(truth.left_at[hole])
            asked = notes.asked.get(hole)
            if asked is None or hole not in truth.asked_at:
                continue
            listed = self._constants.interval_of(came)
            earliest = {name: _first(times, listed) for name, times in shown.items()}
            readers += 1
            readers_right += self._suspect(notes.readers.get(hole), asked, earliest) == self._name(truth.asked_at[hole])
        return Score(writers, writers_right, readers, readers_right)

    def _name(self, at: float) -> str:
        """Whose exchange left at `at`."""
        return self._names[round(at, 6)]

    def _shown_at(self) -> dict[str, list[tuple[int, float]]]:
        found: dict[str, list[tuple[int, float]]] = {}
        for at, client, interval in self._notebook.shown:
            found.setdefault(self._clients[client], []).append((interval, at))
        return found

    def _suspect(self, read_off: set[int] | None, came: float, earliest: dict[str, float]) -> str | None:
        """Who was read off; else the likeliest, of whom some cannot have asked before they were shown the page."""
        if read_off:
            return self._clients[min(read_off)]
        weights: dict[str, float] = {}
        for at, name, guard, _ in self._exchanges:
            before = came - at
            shown = guard != self._guard or at > earliest.get(name, 0.0)
            if 0 < before < WINDOW_HOLDS * self._hold_s and shown:
                weights[name] = weights.get(name, 0.0) + before * math.exp(-before / self._hold_s)
        return max(weights, key=weights.__getitem__) if weights else None


def _first(times: list[tuple[int, float]], listed: int) -> float:
    """When the pages up to `listed` had first been shown; never, for who has only been shown less."""
    return min((at for interval, at in times if interval >= listed), default=math.inf)
