"""A relay's rotating keys, and which of them opens a box.

Invariant: a packet is opened by a day or slow key alone, and its replay tag goes with the key that opened it.
Spec: docs/protocol.md, Relay keys.
Decisions 4, 102.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.errors import ProtocolError
from protocol.primitives.hybrid_box import HybridKey, open_box, stand_in
from protocol.primitives.kem import KemKey
from protocol.primitives.sealed_box import SECRET_BYTES, OpeningKey, box_tag, find_open, public_of
from protocol.routes.frames import DOOR_KEY_DAY
from relay.store.records import KeyKind, KeyRow, TagRow


@dataclass(frozen=True, slots=True)
class Opened:
    """The plaintext of a packet's box, and the replay tag that goes with the key that opened it."""

    tag: TagRow
    plaintext: bytes


class KeyRing:
    """The keys held at present, ready for opening."""

    def __init__(self, rows: Sequence[KeyRow], door: HybridKey) -> None:
        self.rows = tuple(rows)
        self.door = door
        self._door_kems = (self.door.kem, stand_in(self.door.curve.public))
        # Newest first; but the key that is published ahead of its time opens least.
        newest = {kind: max((row.period for row in rows if row.kind is kind), default=0) for kind in KeyKind}
        newest_first = sorted(rows, key=lambda row: (row.kind, row.period == newest[row.kind], -row.period))
        self._packet_rows = [row for row in newest_first if row.kind in (KeyKind.DAY, KeyKind.SLOW)]
        self._days = {row.period: HybridKey.of(row.secret) for row in newest_first if row.kind is KeyKind.DAY}
        slow = [OpeningKey.of(row.secret) for row in newest_first if row.kind is KeyKind.SLOW]
        self._packet_keys = [*(day.curve for day in self._days.values()), *slow]
        self._request_keys = [*self._days.values(), *(HybridKey(self.door.curve, kem) for kem in self._door_kems)]
        self._links = {row.period: OpeningKey.of(row.secret) for row in rows if row.kind is KeyKind.LINK}

    def open_packet(self, box: bytes) -> Opened | None:
        """Open the box of a packet or fetch with the key it was sealed to, newest first; None if none opens it."""
        found = find_open(self._packet_keys, box)
        if found is None:
            return None
        row = self._packet_rows[found[0]]
        return Opened(TagRow(row.kind, row.period, box_tag(box)), found[1])

    def open_request(self, box: bytes) -> bytes:
        """Open the box of an exchange: day keys newest first, the door key, and for those who know no ML-KEM key of
        ours the door key with everybody's. ProtocolError: none opens it."""
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
        """The link key of a day, None if it is not held; of `DOOR_KEY_DAY` the door key."""
        return self.door.curve if day == DOOR_KEY_DAY else self._links.get(day)

    def link_kems(self, day: int) -> tuple[KemKey, ...]:
        """The ML-KEM keys that a batch to the link key of a day may be for."""
        if day == DOOR_KEY_DAY:
            return self._door_kems
        return (self._days[day].kem,) if day in self._days else ()

    def public(self, kind: KeyKind, period: int) -> bytes | None:
        """The X25519 public half of the key of a kind and period; None if it is not held."""
        held = (row.secret for row in self.rows if row.kind is kind and row.period == period)
        secret = next(held, None)
        return None if secret is None else public_of(secret[:SECRET_BYTES])

    def day_kem(self, day: int) -> bytes | None:
        """The ML-KEM public half of a day key; None if it is not held."""
        return self._days[day].kem.public if day in self._days else None
