"""A relay's descriptor: its day, slow and link keys, the head of its chain of pages and about how many it served.

Layout (205 bytes): relay u8 | day u16 | day key 32 | month u16 | slow key 32 | link day u16 | link key 32 |
head interval u32 | head hash 32 | crowd u16 | signature 64, by the relay's identity. Descriptors travel on the board;
identity keys are in the roster.

Invariant: a finder returns a key only while the relay is sure to hold its secret when the layer sealed to it is
opened, and None otherwise. See docs/protocol.md, "Descriptors".
"""

import struct
from dataclasses import dataclass
from typing import Final

from protocol.community.constants import Constants
from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.primitives.agreement import require_usable
from protocol.primitives.days import DAY_S, day_of, month_of, month_start
from protocol.primitives.sampling import EXPONENTIAL_CAP
from protocol.primitives.signing import SIGNATURE_BYTES, check_signature, sign
from protocol.seams import RelayId

_LAYOUT: Final = struct.Struct(">BH32sH32sH32sI32sH")
DESCRIPTOR_BYTES: Final = _LAYOUT.size + SIGNATURE_BYTES
DAY_KEY_DAYS: Final = 3  # a day key is held on its day and the two after it
SLOW_KEY_MONTHS: Final = 3  # a slow key is held in its month and the two after it
CROWD_MAX: Final = 0xFFFE
_NO_CROWD: Final = 0xFFFF
_LABEL: Final = b"sosik descriptor"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Public keys of one relay. `head_*`: newest page of its chain when this was signed, as interval and chain hash.
    `crowd`: about how many shelves were used there on the day before, 0..CROWD_MAX; None: it has not counted yet."""

    relay: RelayId
    day: int
    day_key: bytes
    month: int
    slow_key: bytes
    link_day: int
    link_key: bytes
    head_interval: int
    head_hash: bytes
    crowd: int | None = None


def sign_descriptor(descriptor: Descriptor, identity_secret: bytes) -> bytes:
    """Return the 205 bytes, signed with the 32-byte seed of the relay's identity key."""
    body = _LAYOUT.pack(
        descriptor.relay,
        descriptor.day,
        descriptor.day_key,
        descriptor.month,
        descriptor.slow_key,
        descriptor.link_day,
        descriptor.link_key,
        descriptor.head_interval,
        descriptor.head_hash,
        _NO_CROWD if descriptor.crowd is None else descriptor.crowd,
    )
    return body + sign(identity_secret, _LABEL, body)


def parse_descriptor(data: bytes, roster: Roster) -> Descriptor:
    """Check and read a descriptor. Raises ProtocolError: length, relay not in the roster, signature, a key of
    small order.
    """
    if len(data) != DESCRIPTOR_BYTES:
        raise ProtocolError("a descriptor has the wrong length")
    body = data[:-SIGNATURE_BYTES]
    number, day, day_key, month, slow_key, link_day, link_key, head_interval, head_hash, told = _LAYOUT.unpack(body)
    relay = RelayId(number)
    check_signature(roster.relay(relay).identity, _LABEL, body, data[-SIGNATURE_BYTES:])
    require_usable(day_key, slow_key, link_key)
    crowd = None if told == _NO_CROWD else told
    return Descriptor(relay, day, day_key, month, slow_key, link_day, link_key, head_interval, head_hash, crowd)


def newer(new: Descriptor, old: Descriptor | None) -> bool:
    """Tell whether `new` replaces `old` for its relay, so that a replayed descriptor never brings old keys back."""
    return old is None or (new.day, new.month, new.link_day, new.head_interval) > (
        old.day,
        old.month,
        old.link_day,
        old.head_interval,
    )


def day_key_erased_at(day: int) -> float:
    """Return the Unix time in seconds at which a relay erases the day key of `day`, with its replay tags."""
    return float((day + DAY_KEY_DAYS) * DAY_S)


def slow_key_erased_at(month: int) -> float:
    """Return the Unix time in seconds at which a relay erases the slow key of `month`, with its replay tags."""
    return month_start(month + SLOW_KEY_MONTHS)


def packet_key(descriptor: Descriptor, now: float, constants: Constants) -> bytes | None:
    """Return the day key if a layer of a packet that leaves at `now` may be sealed to it, else None.

    The holds before this relay must end before the key is erased. They are one or two exponentials of the mean hold;
    their sum passes 27 means once in 10^10 packets, so 27 means is the bound.
    """
    if not _day_live(descriptor.day, now):
        return None
    if now + EXPONENTIAL_CAP * constants.mean_hold_s >= day_key_erased_at(descriptor.day):
        return None
    return descriptor.day_key


def exchange_key(descriptor: Descriptor, now: float) -> bytes | None:
    """Return the day key if an exchange made at `now` may be sealed to it, else None (then: the door key)."""
    return descriptor.day_key if _day_live(descriptor.day, now) else None


def link_key(descriptor: Descriptor, now: float) -> bytes | None:
    """Return the link key if a batch sent at `now` may use it, else None (then: the door key, key day 0xffff)."""
    return descriptor.link_key if _day_live(descriptor.link_day, now) else None


def slow_key(descriptor: Descriptor, now: float) -> bytes | None:
    """Return the slow key if a bundle sealed at `now` may use it, else None; it leaves the courier a month."""
    return descriptor.slow_key if descriptor.month - 1 <= month_of(now) <= descriptor.month + 1 else None


def _day_live(day: int, now: float) -> bool:
    # A day early is accepted: the relay's clock may be ahead of ours, and it holds the key already.
    return day - 1 <= day_of(now) <= day + 1
