"""The exchange: one sealed request of 6144 bytes to the guard and one response of its profile's size.

Invariant: all requests have one size and all responses of a profile have one size, whatever they carry, and every
accepted plaintext has exactly one encoding. An exchange is idempotent: the same request may be answered twice.

Spec: docs/protocol.md, Exchange.
Decision 99.
"""

import struct
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from protocol.errors import ProtocolError
from protocol.primitives import aead, hybrid_box
from protocol.primitives.hybrid_box import HybridPublic
from protocol.primitives.padding import pad_zero, require_zero, unpad_zero
from protocol.profile import Profile
from protocol.seams import Entropy
from protocol.sizes import (
    ACCESS_BYTES,
    FETCH_FIELD_BYTES,
    PACKET_FIELD_BYTES,
    PASS_BYTES,
    REQUEST_BYTES,
    REQUEST_PLAIN_BYTES,
    RESPONSE_BYTES,
    RESPONSE_KEY_BYTES,
    SHELF_BYTES,
    SHELF_REPLY_BYTES,
    STRETCH_BYTES,
    SYNC_EXCHANGES,
)

VERSION: Final = 1
_RESPONSE_AAD = b"sosik response"
_REQUEST = struct.Struct(
    f">BBB{PASS_BYTES}s{SHELF_BYTES}s{SHELF_BYTES}sII{RESPONSE_KEY_BYTES}sII{PACKET_FIELD_BYTES}s{FETCH_FIELD_BYTES}s"
)
_RESPONSE = struct.Struct(f">BB{ACCESS_BYTES}sHBII{SHELF_REPLY_BYTES}sIIIIIIH")


class PassKind(IntEnum):
    """What admits a request."""

    ACCESS = 0
    """The community's access secret, 32 bytes."""
    TICKET = 1
    """A one-use ticket from an invitation, 96 bytes."""


class Status(IntEnum):
    """How the guard took a request."""

    OK = 0
    REFUSED = 1
    """The pass admits nobody (any more); packet and fetch were dropped."""
    BUSY = 2
    """A cap was reached; packet and fetch were dropped."""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A position in a guard's board log: byte `offset` in the sheet of page interval `interval`."""

    interval: int
    offset: int


LATEST_KEY_BLOCK: Final = Cursor(0, 0)
"""Start at the latest key block, wherever the guard has it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request in the clear. `admission` is 32 bytes (ACCESS) or 96 bytes (TICKET)."""

    profile: Profile
    pass_kind: PassKind
    admission: bytes = field(repr=False)
    shelf: bytes
    next_shelf: bytes
    """Rename the shelf to this; equal to `shelf`: keep."""
    collect: int
    """Give the lowest-numbered reply >= this."""
    durable: int
    """Delete every reply numbered below this."""
    response_key: bytes = field(repr=False)
    cursor: Cursor
    packet: bytes
    fetch: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One response in the clear. `reply` is (number, 4217 bytes) or None; `shelf_end` the number of the next reply."""

    status: Status
    access: bytes = field(repr=False)
    """The community's access secret of `access_epoch`; zeros unless the status is OK."""
    access_epoch: int
    reply: tuple[int, bytes] | None
    shelf_end: int
    start: Cursor
    """Where `stretch` begins."""
    next: Cursor
    """Where the next stretch begins."""
    end: Cursor
    """Where the board ends at present."""
    stretch: bytes


def admission_bytes(kind: PassKind) -> int:
    """Return the length of a pass of this kind."""
    return ACCESS_BYTES if kind is PassKind.ACCESS else PASS_BYTES


def encode_request(request: Request) -> bytes:
    """Return the 4968-byte plaintext. ValueError (our bug): a field has a wrong size or range."""
    r = request
    if len(r.admission) != admission_bytes(r.pass_kind):
        raise ValueError("pass has a wrong size")
    sizes = (len(r.shelf), len(r.next_shelf), len(r.response_key), len(r.packet), len(r.fetch))
    if sizes != (SHELF_BYTES, SHELF_BYTES, RESPONSE_KEY_BYTES, PACKET_FIELD_BYTES, FETCH_FIELD_BYTES):
        raise ValueError("request field has a wrong size")
    packed = _pack(
        _REQUEST,
        VERSION,
        r.profile,
        r.pass_kind,
        pad_zero(r.admission, PASS_BYTES),
        r.shelf,
        r.next_shelf,
        r.collect,
        r.durable,
        r.response_key,
        r.cursor.interval,
        r.cursor.offset,
        r.packet,
        r.fetch,
    )
    return pad_zero(packed, REQUEST_PLAIN_BYTES)


def seal_request(request: Request, guard: HybridPublic, entropy: Entropy) -> bytes:
    """Return the request of 6144 bytes, sealed to the guard's keys (of the day, or of the door if none is live)."""
    return hybrid_box.seal(guard, encode_request(request), entropy)


def parse_request(plaintext: bytes) -> Request:
    """Parse what the guard found in the box. ProtocolError: size, version, an unknown value, or padding not zero."""
    if len(plaintext) != REQUEST_PLAIN_BYTES:
        raise ProtocolError("request has a wrong size")
    (
        version,
        profile,
        pass_kind,
        admission,
        shelf,
        next_shelf,
        collect,
        durable,
        response_key,
        interval,
        offset,
        packet,
        fetch,
    ) = _REQUEST.unpack_from(plaintext)
    if version != VERSION:
        raise ProtocolError("unknown version of request")
    try:
        profile, pass_kind = Profile(profile), PassKind(pass_kind)
    except ValueError:
        raise ProtocolError("unknown profile or kind of pass") from None
    require_zero(plaintext[_REQUEST.size :])
    admission = unpad_zero(admission, admission_bytes(pass_kind))
    cursor = Cursor(interval, offset)
    return Request(
        profile, pass_kind, admission, shelf, next_shelf, collect, durable, response_key, cursor, packet, fetch
    )


def seal_response(response: Response, key: bytes, profile: Profile, entropy: Entropy) -> bytes:
    """Return the response sealed under the request's response key, with the size of the request's profile.

    ValueError (our bug): a field has a wrong size or range.
    """
    r = response
    number, reply = r.reply if r.reply is not None else (0, bytes(SHELF_REPLY_BYTES))
    if len(r.access) != ACCESS_BYTES or len(reply) != SHELF_REPLY_BYTES:
        raise ValueError("response field has a wrong size")
    packed = _pack(
        _RESPONSE,
        VERSION,
        r.status,
        r.access,
        r.access_epoch,
        r.reply is not None,
        number,
        r.shelf_end,
        reply,
        r.start.interval,
        r.start.offset,
        r.next.interval,
        r.next.offset,
        r.end.interval,
        r.end.offset,
        len(r.stretch),
    )
    plaintext = packed + pad_zero(r.stretch, STRETCH_BYTES[profile])
    return aead.seal(key, plaintext, _RESPONSE_AAD, entropy)


def open_response(key: bytes, body: bytes) -> Response:
    """Open and parse one response. ProtocolError: not a response's size, another key, altered, or malformed."""
    if len(body) not in RESPONSE_BYTES.values():
        raise ProtocolError("response has a wrong size")
    plaintext = aead.open_sealed(key, body, _RESPONSE_AAD)
    (
        version,
        status,
        access,
        access_epoch,
        present,
        number,
        shelf_end,
        reply,
        start_interval,
        start_offset,
        next_interval,
        next_offset,
        end_interval,
        end_offset,
        length,
    ) = _RESPONSE.unpack_from(plaintext)
    if version != VERSION or present > 1:
        raise ProtocolError("unknown version or flag of response")
    try:
        status = Status(status)
    except ValueError:
        raise ProtocolError("unknown status of response") from None
    if not present:
        if number:
            raise ProtocolError("absent reply has a number")
        require_zero(reply)
    return Response(
        status,
        access,
        access_epoch,
        (number, reply) if present else None,
        shelf_end,
        Cursor(start_interval, start_offset),
        Cursor(next_interval, next_offset),
        Cursor(end_interval, end_offset),
        unpad_zero(plaintext[_RESPONSE.size :], length),
    )


def split_body(body: bytes) -> list[bytes]:
    """Return the 1 or `SYNC_EXCHANGES` sealed requests of a posted body. ProtocolError: any other length."""
    if len(body) not in (REQUEST_BYTES, SYNC_EXCHANGES * REQUEST_BYTES):
        raise ProtocolError("posted body has a wrong size")
    return [body[at : at + REQUEST_BYTES] for at in range(0, len(body), REQUEST_BYTES)]


def _pack(layout: struct.Struct, *values: int | bytes) -> bytes:
    try:
        return layout.pack(*values)
    except struct.error as error:
        raise ValueError(f"number out of range: {error}") from None
