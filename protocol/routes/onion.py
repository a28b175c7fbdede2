"""Route layers: nested sealed boxes, one per relay, and the reply that is encrypted again on its way back.

Invariant: at every place on a route a deposit, and likewise a fetch, has one size, whoever sends it and whatever it
carries; a discard has the size of the field it fills. A relay learns the next relay, how long to hold, and nothing
else; only the last one learns a pigeonhole.

Spec: docs/protocol.md, Route layers; Replies.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.errors import ProtocolError
from protocol.primitives import aead, sealed_box
from protocol.primitives.padding import require_zero
from protocol.seams import Entropy, RelayId
from protocol.sizes import (
    CELL_BYTES,
    DEPOSIT_MIDDLE_BOX_BYTES,
    DEPOSIT_STORE_BOX_BYTES,
    DEPOSIT_STORE_LAYER_BYTES,
    FETCH_FIELD_BYTES,
    FETCH_MIDDLE_BOX_BYTES,
    FETCH_STORE_BOX_BYTES,
    FETCH_STORE_LAYER_BYTES,
    FORWARD_FETCH_HEAD_BYTES,
    FORWARD_HEAD_BYTES,
    HOLE_BYTES,
    MIDDLE_REPLY_BYTES,
    PACKET_FIELD_BYTES,
    REPLY_KEY_BYTES,
    SHELF_REPLY_BYTES,
    STORE_REPLY_BYTES,
    TAKE_BYTES,
)

KIND_DISCARD = 0
KIND_FORWARD = 1
KIND_FORWARD_FETCH = 2
KIND_DEPOSIT = 3
KIND_FETCH = 4

_FORWARD = struct.Struct(">BBI")
_FORWARD_FETCH = struct.Struct(f">BBII{REPLY_KEY_BYTES}s")
_REPLY_AAD = b"sosik reply"
_MISS = b"\0"
_HIT = b"\1"
_DISCARD_LAYERS = (PACKET_FIELD_BYTES - sealed_box.BOX_OVERHEAD, FETCH_FIELD_BYTES - sealed_box.BOX_OVERHEAD)


@dataclass(frozen=True, slots=True)
class Route:
    """Three relays and the holds drawn for them, in seconds; `hold_back_s` is the middle's hold of a reply."""

    entry: RelayId
    middle: RelayId
    store: RelayId
    hold_entry_s: float
    hold_middle_s: float
    hold_back_s: float


@dataclass(frozen=True, slots=True)
class ReplyKeys:
    """What opens the reply to one fetch: a 32-byte key for every layer."""

    entry: bytes = field(repr=False)
    middle: bytes = field(repr=False)
    store: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Discard:
    """Cover that ends at the guard."""


@dataclass(frozen=True, slots=True)
class Forward:
    """Hold `hold_ms`, then hand `inner` to relay `next`."""

    next: RelayId
    hold_ms: int
    inner: bytes


@dataclass(frozen=True, slots=True)
class ForwardFetch:
    """As `Forward`; the reply is held `back_ms`, encrypted under `reply_key` and handed back."""

    next: RelayId
    hold_ms: int
    back_ms: int
    reply_key: bytes = field(repr=False)
    inner: bytes


@dataclass(frozen=True, slots=True)
class Deposit:
    """Leave `cell` in the pigeonhole `hole`."""

    hole: bytes
    cell: bytes


@dataclass(frozen=True, slots=True)
class Fetch:
    """Answer with the cell in the pigeonhole that `take` opens, under `reply_key`."""

    take: bytes = field(repr=False)
    reply_key: bytes = field(repr=False)


Layer = Discard | Forward | ForwardFetch | Deposit | Fetch


def seal_deposit(route: Route, keys: Mapping[RelayId, bytes], hole: bytes, cell: bytes, entropy: Entropy) -> bytes:
    """Return a packet field (4285 bytes) that leaves `cell` (4096) in `hole` (32) at the route's store.

    `keys` are the live public keys; if one of the route's relays has none the field is random bytes, of which
    the guard makes nothing. ProtocolError: a relay published a key of small order.
    """
    if len(hole) != HOLE_BYTES or len(cell) != CELL_BYTES:
        raise ValueError("a hole is 32 bytes and a cell 4096")
    if not _all_live(route, keys):
        return entropy(PACKET_FIELD_BYTES)
    box = sealed_box.seal(keys[route.store], bytes((KIND_DEPOSIT,)) + hole + cell, entropy)
    head = _FORWARD.pack(KIND_FORWARD, route.store, _ms(route.hold_middle_s))
    box = sealed_box.seal(keys[route.middle], head + box, entropy)
    head = _FORWARD.pack(KIND_FORWARD, route.middle, _ms(route.hold_entry_s))
    return sealed_box.seal(keys[route.entry], head + box, entropy)


def seal_fetch(route: Route, keys: Mapping[RelayId, bytes], take: bytes, entropy: Entropy) -> tuple[bytes, ReplyKeys]:
    """Return a fetch field (293 bytes) that presents `take` (32) at the route's store, and the keys of its reply.

    As `seal_deposit` for relays without a live key: the field is then random bytes and no reply will come.
    """
    if len(take) != TAKE_BYTES:
        raise ValueError("a take is 32 bytes")
    reply = ReplyKeys(entropy(REPLY_KEY_BYTES), entropy(REPLY_KEY_BYTES), entropy(REPLY_KEY_BYTES))
    if not _all_live(route, keys):
        return entropy(FETCH_FIELD_BYTES), reply
    box = sealed_box.seal(keys[route.store], bytes((KIND_FETCH,)) + take + reply.store, entropy)
    head = _FORWARD_FETCH.pack(
        KIND_FORWARD_FETCH, route.store, _ms(route.hold_middle_s), _ms(route.hold_back_s), reply.middle
    )
    box = sealed_box.seal(keys[route.middle], head + box, entropy)
    head = _FORWARD_FETCH.pack(KIND_FORWARD_FETCH, route.middle, _ms(route.hold_entry_s), 0, reply.entry)
    return sealed_box.seal(keys[route.entry], head + box, entropy), reply


def seal_discard(entry: bytes | None, size: int, entropy: Entropy) -> bytes:
    """Return a discard that fills a field of `size` bytes (4285 or 293); random bytes if `entry` is None."""
    if size not in (PACKET_FIELD_BYTES, FETCH_FIELD_BYTES):
        raise ValueError("a discard fills a packet field or a fetch field")
    if entry is None:
        return entropy(size)
    return sealed_box.seal(entry, bytes(size - sealed_box.BOX_OVERHEAD), entropy)


def peel(plaintext: bytes) -> Layer:
    """Parse what a relay found in a box. ProtocolError: unknown kind, or not exactly the size of that kind.

    Kinds 1 and 2 exist in two sizes, for the entry and for the middle; `back_ms` is zero at the entry.
    """
    match plaintext[:1]:
        case b"\0":
            if len(plaintext) not in _DISCARD_LAYERS:
                raise ProtocolError("discard has a wrong size")
            require_zero(plaintext)
            return Discard()
        case b"\1":
            inner = plaintext[FORWARD_HEAD_BYTES:]
            if len(inner) not in (DEPOSIT_MIDDLE_BOX_BYTES, DEPOSIT_STORE_BOX_BYTES):
                raise ProtocolError("forward layer has a wrong size")
            _, relay, hold = _FORWARD.unpack_from(plaintext)
            return Forward(RelayId(relay), hold, inner)
        case b"\2":
            inner = plaintext[FORWARD_FETCH_HEAD_BYTES:]
            if len(inner) not in (FETCH_MIDDLE_BOX_BYTES, FETCH_STORE_BOX_BYTES):
                raise ProtocolError("fetch layer has a wrong size")
            _, relay, hold, back, reply_key = _FORWARD_FETCH.unpack_from(plaintext)
            if back and len(inner) == FETCH_MIDDLE_BOX_BYTES:
                raise ProtocolError("the entry does not hold replies")
            return ForwardFetch(RelayId(relay), hold, back, reply_key, inner)
        case b"\3":
            if len(plaintext) != DEPOSIT_STORE_LAYER_BYTES:
                raise ProtocolError("deposit has a wrong size")
            return Deposit(plaintext[1 : 1 + HOLE_BYTES], plaintext[1 + HOLE_BYTES :])
        case b"\4":
            if len(plaintext) != FETCH_STORE_LAYER_BYTES:
                raise ProtocolError("fetch has a wrong size")
            return Fetch(plaintext[1 : 1 + TAKE_BYTES], plaintext[1 + TAKE_BYTES :])
        case _:
            raise ProtocolError("unknown kind of layer")


def answer_store(reply_key: bytes, cell: bytes | None, entropy: Entropy) -> bytes:
    """Return the store's reply (4137 bytes): AEAD of 1 ‖ cell, or of 0 ‖ random bytes if the pigeonhole is empty."""
    if cell is not None and len(cell) != CELL_BYTES:
        raise ValueError("a cell is 4096 bytes")
    status = _MISS if cell is None else _HIT
    return aead.seal(reply_key, status + (entropy(CELL_BYTES) if cell is None else cell), _REPLY_AAD, entropy)


def wrap_reply(reply_key: bytes, body: bytes, entropy: Entropy) -> bytes:
    """Return a reply encrypted once more, by the middle (4137 -> 4177) or by the entry (4177 -> 4217).

    ProtocolError: `body`, which another relay sent, has neither size.
    """
    if len(body) not in (STORE_REPLY_BYTES, MIDDLE_REPLY_BYTES):
        raise ProtocolError("reply has a wrong size")
    return aead.seal(reply_key, body, _REPLY_AAD, entropy)


class AlteredReply(ProtocolError):
    """The reply to this very fetch, which a relay altered or replaced: no other one comes."""


def open_reply(keys: ReplyKeys, body: bytes) -> bytes | None:
    """Return the cell (4096) in a shelf reply (4217), or None for a miss.

    ProtocolError: it answers another fetch (the outer layer does not open). AlteredReply: it answers this one, and what
    the outer layer holds is no reply.
    """
    if len(body) != SHELF_REPLY_BYTES:
        raise ProtocolError("reply has a wrong size")
    inner = aead.open_sealed(keys.entry, body, _REPLY_AAD)
    try:
        return _open_inner(keys, inner)
    except ProtocolError as error:
        raise AlteredReply("a relay altered this reply") from error


def _open_inner(keys: ReplyKeys, body: bytes) -> bytes | None:
    for key in (keys.middle, keys.store):
        body = aead.open_sealed(key, body, _REPLY_AAD)
    status, cell = body[:1], body[1:]
    if status == _HIT:
        return cell
    if status == _MISS:
        return None
    raise ProtocolError("unknown reply status")


def _all_live(route: Route, keys: Mapping[RelayId, bytes]) -> bool:
    return route.entry in keys and route.middle in keys and route.store in keys


def _ms(seconds: float) -> int:
    ms = round(seconds * 1000)
    if not 0 <= ms < 1 << 32:
        raise ValueError("a hold is 0..2^32-1 ms")
    return ms
