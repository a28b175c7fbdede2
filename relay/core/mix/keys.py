"""A relay's rotating keys: which exist when, and which of them opens a box.

Day keys live on their UTC day and the two after it, link keys likewise, slow keys in their month and the two after it.
Invariant: time only moves forward here. A clock set back neither erases a key nor makes one for a day that was already
passed (its replay tags are gone); the newest key goes on serving until the clock catches up.
Specification: docs/protocol.md, Relay keys; design section 5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from protocol.community.descriptor import DAY_KEY_DAYS, SLOW_KEY_MONTHS
from protocol.errors import ProtocolError
from protocol.primitives.days import DAY_S, day_of, month_of
from protocol.primitives.sealed_box import SECRET_BYTES, OpeningKey, box_tag, find_open, open_box
from protocol.seams import Entropy
from relay.store.records import KeyKind, KeyRow, TagRow

PERIODS_HELD: Final = {KeyKind.DAY: DAY_KEY_DAYS, KeyKind.SLOW: SLOW_KEY_MONTHS, KeyKind.LINK: DAY_KEY_DAYS}


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
        present = _period(kind, now)
        newest = max(periods, default=-1)
        if present > newest:
            added.append(KeyRow(kind, present, entropy(SECRET_BYTES)))
            newest = present
        erased += [(kind, period) for period in sorted(periods) if period <= newest - PERIODS_HELD[kind]]
    return Rotation(tuple(added), tuple(erased))


def is_rotation_due(rows: Iterable[KeyRow], now: float) -> bool:
    """Whether `plan_rotation` would change anything."""
    return bool(plan_rotation(rows, now, bytes))


def next_rotation(now: float) -> float:
    """Unix seconds of the next UTC midnight; months begin at one too."""
    return float((day_of(now) + 1) * DAY_S)


@dataclass(frozen=True, slots=True)
class Opened:
    """The plaintext of a packet's box, and the replay tag that goes with the key that opened it."""

    tag: TagRow
    plaintext: bytes


class KeyRing:
    """The keys held at present, ready for opening."""

    def __init__(self, rows: Sequence[KeyRow], door_secret: bytes) -> None:
        self.rows = tuple(rows)
        self.door = OpeningKey.of(door_secret)
        newest_first = sorted(rows, key=lambda row: (row.kind, -row.period))
        self._packet_rows = [row for row in newest_first if row.kind in (KeyKind.DAY, KeyKind.SLOW)]
        self._packet_keys = [OpeningKey.of(row.secret) for row in self._packet_rows]
        days = [key for key, row in zip(self._packet_keys, self._packet_rows, strict=True) if row.kind is KeyKind.DAY]
        slow = self._packet_keys[len(days) :]
        self._request_keys = [*days, self.door, *slow]
        self._links = {row.period: OpeningKey.of(row.secret) for row in rows if row.kind is KeyKind.LINK}

    def open_packet(self, box: bytes) -> Opened | None:
        """Open the box of a packet or fetch with the key it was sealed to, newest first; None if none opens it."""
        found = find_open(self._packet_keys, box)
        if found is None:
            return None
        row = self._packet_rows[found[0]]
        return Opened(TagRow(row.kind, row.period, box_tag(box)), found[1])

    def open_request(self, box: bytes) -> bytes:
        """Open the box of an exchange: day keys newest first, door key, slow keys. ProtocolError: none opens it."""
        for key in self._request_keys:
            try:
                return open_box(key, box)
            except ProtocolError:
                continue
        raise ProtocolError("an exchange opens with no key")

    def holds(self, tag: TagRow) -> bool:
        """Whether the key of this tag is still held."""
        return any(row.kind is tag.kind and row.period == tag.period for row in self._packet_rows)

    def link(self, day: int) -> OpeningKey | None:
        """The link key of a day, None if it is not held."""
        return self._links.get(day)

    def newest(self, kind: KeyKind) -> KeyRow:
        """The newest key of a kind."""
        return max((row for row in self.rows if row.kind is kind), key=lambda row: row.period)

    def public(self, kind: KeyKind) -> bytes:
        """The public half of the newest key of a kind."""
        return OpeningKey.of(self.newest(kind).secret).public


def _period(kind: KeyKind, now: float) -> int:
    return month_of(now) if kind is KeyKind.SLOW else day_of(now)
