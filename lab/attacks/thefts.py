"""A3: what a thief of a vault has of a conversation after `HEALED_AFTER` round trips: cells he opens, messages he
forges, pigeonholes he names (lab.hostile.thief). Controls: no new generations, and the session that is forgotten kept.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lab.hostile.friends import Cell, Friend, make_friends, round_trip
from lab.hostile.thief import Thief
from lab.mutants.wrapping import wrapped
from lab.report.verdict import Scale, Verdict, at_most
from protocol.errors import ProtocolError
from protocol.ratchet.conversation import Conversation
from protocol.ratchet.healing import Healing
from protocol.streams.cell import open_cell
from protocol.streams.generations import Where

HEALED_AFTER: Final = 4
"""Round trips: two to finish the generation that the thief may know, and two for the next one."""
WATCHED: Final = 6
"""Round trips that are watched afterwards."""
REACH: Final = 10_000
"""Forgeries are tried as if every gap were honest."""
CONTROLS: Final = 6
Event = tuple[int, bool, bool]


@dataclass(frozen=True, slots=True)
class Theft:
    """What a thief achieved in the end, of `cells` cells."""

    opened: int
    forged: int
    named: int
    cells: int = field(default=0, compare=False)


def play(seed: int, history: Iterable[Event], victim: int, starter: int, after: int = HEALED_AFTER) -> Theft:
    """Two friends have a history of (who sends, a letter or acks only, whether it comes); then a vault is copied, and
    `after` round trips later everything is counted."""
    sides = make_friends(seed.to_bytes(8, "big"))
    for who, letter, comes in history:
        cell = sides[who].send(sides[who].write() if letter else None)
        if cell is not None and comes:
            sides[1 - who].fetch(cell)
    thief = Thief.copy(victim, sides[victim].kept)
    counted = [0, 0, 0]

    def seen(cell: Cell) -> None:
        before = thief.named, thief.opened
        thief.see(cell)
        thief.opens_inside(cell, _message(sides[1 - cell.sender], cell))
        counted[0] += thief.opened > before[1]
        counted[1] += thief.named > before[0]
        counted[2] += 1

    for _ in range(after):
        round_trip(sides, seen, starter)
    counted[:] = [0, 0, 0]
    for _ in range(WATCHED):
        round_trip(sides, seen, starter)
    forged = sum(_accepts(sides[reader], message) for reader, message in thief.forgeries())
    return Theft(opened=counted[0], forged=forged, named=counted[1], cells=counted[2])


def _message(reader: Friend, cell: Cell) -> bytes:
    key = reader.load().receiving.key_of(*cell.place)
    assert key is not None
    return open_cell(key, cell.data)


def _accepts(reader: Friend, message: bytes) -> bool:
    """Whether a message opens, wherever it may have come."""
    mine = reader.load()
    try:
        mine.conversation.open(message, reader.entropy, Where(mine.receiving.epoch, REACH))
    except ProtocolError:
        return False
    return True


@contextmanager
def without_generations() -> Iterator[None]:
    """Control: nobody offers a new generation, so roots follow from each other alone."""
    with wrapped(Healing, part=lambda *_args, **_more: None):
        yield


@contextmanager
def session_1_kept() -> Iterator[None]:
    """Control: the side called first reads the session of the other side for ever."""
    with wrapped(Conversation, forget=lambda *_args: None):
        yield


def _thefts(count: int, history: Sequence[Event] | None = None) -> list[Theft]:
    """Thefts from either side after histories drawn by chance, or after one."""
    draws = random.Random("thefts")
    found = []
    for seed in range(count):
        drawn = [(draws.randrange(2), draws.random() < 0.6, draws.random() < 0.7) for _ in range(draws.randrange(9))]
        found.append(play(seed, drawn if history is None else history, seed % 2, draws.randrange(2)))
    return found


def measure(scale: Scale, scratch: Path) -> list[Verdict]:
    """Return the verdicts on A3."""
    count = 40 if scale is Scale.QUICK else 400
    healed = _thefts(count)
    when = f"{HEALED_AFTER} round trips after a vault was copied ({count} thefts)"
    verdicts = [
        at_most("A3", f"letters opened, {when}", sum(one.opened for one in healed), 0),
        at_most("A3", f"letters forged, {when}", sum(one.forged for one in healed), 0),
        at_most("A3", f"pigeonholes named, {when}", sum(one.named for one in healed), 0),
    ]
    with without_generations():
        named = sum(one.named for one in _thefts(CONTROLS))
    with session_1_kept():
        forged = sum(one.forged for one in _thefts(CONTROLS, [(1, True, True)]))
    return [
        *verdicts,
        at_most("A3", "pigeonholes named, no new generations", named, 0, control=True),
        at_most("A3", "letters forged, the session of the second side kept", forged, 0, control=True),
    ]
