"""When a relay makes and erases its rotating keys.

A day key (X25519 and ML-KEM) or link key is made the day before its UTC day and held on it and the two after it, a slow
key is made the month before its own and held in it and the two after it.
Invariant: time only moves forward here. A clock set back neither erases a key nor makes one for a day that was already
passed (its replay tags are gone); the newest key goes on serving until the clock catches up.
Spec: docs/protocol.md, Relay keys.
Decision 106.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from protocol.community.descriptor import DAY_KEY_DAYS, DAYS_AHEAD, SLOW_KEY_MONTHS
from protocol.primitives.days import DAY_S, day_of, month_of
from protocol.primitives.hybrid_box import HYBRID_SECRET_BYTES
from protocol.primitives.sealed_box import SECRET_BYTES
from protocol.seams import Entropy
from relay.core.mix.keys import KeyRing
from relay.store.interface import Transaction
from relay.store.records import KeyKind, KeyRow

PERIODS_HELD: Final = {KeyKind.DAY: DAY_KEY_DAYS, KeyKind.SLOW: SLOW_KEY_MONTHS, KeyKind.LINK: DAY_KEY_DAYS}
"""For how many periods, its own first, a key is held once its own has begun."""
SECRETS: Final = {KeyKind.DAY: HYBRID_SECRET_BYTES, KeyKind.SLOW: SECRET_BYTES, KeyKind.LINK: SECRET_BYTES}
"""Bytes of a secret. The ML-KEM half of a day key opens link batches too."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What to add and what to erase."""

    added: tuple[KeyRow, ...]
    erased: tuple[tuple[KeyKind, int], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.erased)


def plan_rotation(rows: Iterable[KeyRow], now: float, entropy: Entropy) -> Rotation:
    """Return the change that makes `rows` right for `now`."""
    held = list(rows)
    added: list[KeyRow] = []
    erased: list[tuple[KeyKind, int]] = []
    for kind in KeyKind:
        periods = [row.period for row in held if row.kind is kind]
        newest = max(periods, default=-1)
        present, last = _period(kind, now), _last_published(kind, now)
        added += [KeyRow(kind, period, entropy(SECRETS[kind])) for period in range(max(newest + 1, present), last + 1)]
        erased += [(kind, period) for period in sorted(periods) if period <= present - PERIODS_HELD[kind]]
    return Rotation(tuple(added), tuple(erased))


def is_rotation_due(rows: Iterable[KeyRow], now: float) -> bool:
    """Whether `plan_rotation` would change anything."""
    return bool(plan_rotation(rows, now, bytes))


def next_rotation(now: float) -> float:
    """Unix seconds of the next UTC midnight; months begin at one too."""
    return float((day_of(now) + 1) * DAY_S)


def rotate(tx: Transaction, ring: KeyRing, now: float, entropy: Entropy) -> KeyRing:
    """Make and erase keys in the store; the ring after it, the same one if nothing was to be done."""
    rotation = plan_rotation(ring.rows, now, entropy)
    if not rotation:
        return ring
    tx.add_keys(rotation.added)
    tx.erase_keys(rotation.erased)
    gone = set(rotation.erased)
    rows = [row for row in (*ring.rows, *rotation.added) if (row.kind, row.period) not in gone]
    return KeyRing(rows, ring.door)


def _period(kind: KeyKind, now: float) -> int:
    return month_of(now) if kind is KeyKind.SLOW else day_of(now)


def _last_published(kind: KeyKind, now: float) -> int:
    """The last period whose key is published at `now`: that of tomorrow, and the month after tomorrow's."""
    tomorrow = now + DAYS_AHEAD * DAY_S
    return month_of(tomorrow) + 1 if kind is KeyKind.SLOW else day_of(tomorrow)
