"""A relay's descriptor for one UTC day: its day, slow and link keys, the head of its chain of pages and about how many
it served.

Layout (2601 bytes): relay u8 | day u16 | day key 32 | ML-KEM key of the day 1184 | slow key of the day's month 32 |
slow key of the next month 32 | link key 32 | ML-KEM key of the door 1184 | head interval u32 | head hash 32 |
crowd u16 | signature 64, by the relay's identity. A relay signs one for each day, the day before. The ML-KEM key of the
day serves exchanges and link batches; that of the door is good only if the roster names its hash. Descriptors travel on
the board; identity keys are in the roster.

Invariant: a finder returns the key of exactly the present day or month, so that which key was used tells nothing but
the time; and only while the relay is sure to hold its secret when the layer sealed to it is opened. See
Spec: docs/protocol.md, Descriptors.
Decisions 40, 102, 106.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from protocol.community.roster import Roster, RosterRelay
from protocol.errors import ProtocolError
from protocol.primitives.agreement import require_usable
from protocol.primitives.days import DAY_S, day_of, month_of, month_start
from protocol.primitives.hybrid_box import HybridPublic, curve_only, kem_hash
from protocol.primitives.kdf import derive
from protocol.primitives.kem import KEM_PUBLIC_BYTES, require_kem_keys
from protocol.primitives.signing import SIGNATURE_BYTES, check_signature, sign
from protocol.seams import RelayId

_LAYOUT: Final = struct.Struct(f">BH32s{KEM_PUBLIC_BYTES}s32s32s32s{KEM_PUBLIC_BYTES}sI32sH")
DESCRIPTOR_BYTES: Final = _LAYOUT.size + SIGNATURE_BYTES
DESCRIPTOR_HASH_BYTES: Final = 32
DAYS_AHEAD: Final = 1  # keys are published on the day before their own
DAY_KEY_DAYS: Final = 3  # and a day or link key is held on its day and the two after it
SLOW_KEY_MONTHS: Final = 3  # a slow key is held in its month and the two after it
CLOCK_DAYS: Final = 1  # by how much the clock of a relay may be ahead of whoever reads it
CROWD_MAX: Final = 0xFFFE
_NO_CROWD: Final = 0xFFFF
_LABEL: Final = b"sosik descriptor"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Public keys of one relay for one day. `head_*`: newest page of its chain when this was signed, as interval and
    chain hash. `crowd`: about how many shelves were used there lately, 0..CROWD_MAX; None: it has not counted yet."""

    relay: RelayId
    day: int
    day_key: bytes
    day_kem: bytes
    slow_key: bytes
    next_slow_key: bytes
    link_key: bytes
    door_kem: bytes
    head_interval: int
    head_hash: bytes
    crowd: int | None = None

    @property
    def slow_keys(self) -> dict[int, bytes]:
        """The slow keys by month: that of the day, and the next."""
        month = month_of(self.day * DAY_S)
        return {month: self.slow_key, month + 1: self.next_slow_key}


def sign_descriptor(descriptor: Descriptor, identity_secret: bytes) -> bytes:
    """Return the 2601 bytes, signed with the 32-byte seed of the relay's identity key."""
    body = _LAYOUT.pack(
        descriptor.relay,
        descriptor.day,
        descriptor.day_key,
        descriptor.day_kem,
        descriptor.slow_key,
        descriptor.next_slow_key,
        descriptor.link_key,
        descriptor.door_kem,
        descriptor.head_interval,
        descriptor.head_hash,
        _NO_CROWD if descriptor.crowd is None else descriptor.crowd,
    )
    return body + sign(identity_secret, _LABEL, body)


def parse_descriptor(data: bytes, roster: Roster) -> Descriptor:
    """Check and read a descriptor. Raises ProtocolError: length, relay not in the roster, signature, a key that
    nobody can seal to.
    """
    if len(data) != DESCRIPTOR_BYTES:
        raise ProtocolError("a descriptor has the wrong length")
    body = data[:-SIGNATURE_BYTES]
    number, day, day_key, day_kem, slow_key, next_slow_key, link_key, door_kem, interval, head_hash, told = (
        _LAYOUT.unpack(body)
    )
    relay = RelayId(number)
    check_signature(roster.relay(relay).identity, _LABEL, body, data[-SIGNATURE_BYTES:])
    require_usable(day_key, slow_key, next_slow_key, link_key)
    require_kem_keys(day_kem, door_kem)
    crowd = None if told == _NO_CROWD else told
    return Descriptor(
        relay, day, day_key, day_kem, slow_key, next_slow_key, link_key, door_kem, interval, head_hash, crowd
    )


def descriptor_hash(data: bytes) -> bytes:
    """Return the 32 bytes by which seals name a signed descriptor."""
    return derive(_LABEL, data, size=DESCRIPTOR_HASH_BYTES)


def check_day(new: Descriptor, now: float) -> None:
    """Raise ProtocolError for a day whose descriptor nobody can have signed yet; for relays and clients alike."""
    if new.day > day_of(now) + DAYS_AHEAD + CLOCK_DAYS:
        raise ProtocolError("a descriptor is out of time")


def contradicts(new: Descriptor, old: Descriptor) -> bool:
    """Tell whether one relay may not have signed both: one descriptor for a day, one slow key for a month."""
    if new.day == old.day:
        return new != old
    return any(new.slow_keys.get(month, key) != key for month, key in old.slow_keys.items())


def day_key_erased_at(day: int) -> float:
    """Return the Unix time in seconds at which a relay erases the day key of `day`, with its replay tags."""
    return float((day + DAY_KEY_DAYS) * DAY_S)


def slow_key_erased_at(month: int) -> float:
    """Return the Unix time in seconds at which a relay erases the slow key of `month`, with its replay tags."""
    return month_start(month + SLOW_KEY_MONTHS)


def day_key(descriptor: Descriptor, now: float) -> bytes | None:
    """Return the day key if what leaves at `now` may be sealed to it: on its own day alone, else None.

    It outlives the holds before this relay: 27 means of at most an hour each end before the second midnight.
    """
    return descriptor.day_key if descriptor.day == day_of(now) else None


def exchange_key(descriptor: Descriptor, now: float) -> HybridPublic | None:
    """Return the day's keys if an exchange made at `now` may be sealed to them, else None (then: the door's)."""
    return HybridPublic(descriptor.day_key, descriptor.day_kem) if descriptor.day == day_of(now) else None


def link_key(descriptor: Descriptor, now: float) -> HybridPublic | None:
    """Return the link keys if a batch sent at `now` may use them, else None (then: the door's, key day 0xffff)."""
    # A day early is accepted, and published: the relay holds the key already.
    live = descriptor.day - 1 <= day_of(now) <= descriptor.day + 1
    return HybridPublic(descriptor.link_key, descriptor.day_kem) if live else None


def door_key(relay: RosterRelay, descriptors: Iterable[Descriptor]) -> HybridPublic:
    """Return the keys of a relay's door. The ML-KEM key is in its descriptors; while none is known that the roster
    vouches for, everybody's key stands in for it, and X25519 alone protects what is sealed.
    """
    for descriptor in descriptors:
        if kem_hash(descriptor.door_kem) == relay.door_kem:
            return HybridPublic(relay.door, descriptor.door_kem)
    return curve_only(relay.door)


def slow_key(descriptor: Descriptor, now: float) -> bytes | None:
    """Return the slow key if a bundle sealed at `now` may use it: in its own month alone, else None; it leaves the
    courier two months. Two of every descriptor's keys, so that whoever has heard of the relay in a month can still
    seal in the next."""
    return descriptor.slow_keys.get(month_of(now))
