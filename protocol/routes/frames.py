"""Link frames: packets, replies and board pieces in one size, in authenticated batches between two relays.

Invariant: a frame has one size whatever it carries, and a batch's size tells only how many frames it holds. A batch is
bound to sender, receiver, direction and the keys' days: bytes of one link or direction open on no other. It opens
only for who breaks X25519 and ML-KEM.

Spec: docs/protocol.md, Links.
Decision 12.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from nacl.bindings import crypto_box_beforenm, crypto_box_easy_afternm, crypto_box_open_easy_afternm
from nacl.exceptions import CryptoError

from protocol.errors import ProtocolError
from protocol.primitives.kdf import derive
from protocol.primitives.kem import Encapsulated, KemKey
from protocol.primitives.padding import pad_zero, require_zero, unpad_zero
from protocol.seams import Entropy, RelayId
from protocol.sizes import (
    BATCH_HEAD_BYTES,
    BATCH_OVERHEAD,
    DEPOSIT_MIDDLE_BOX_BYTES,
    DEPOSIT_STORE_BOX_BYTES,
    FETCH_MIDDLE_BOX_BYTES,
    FETCH_STORE_BOX_BYTES,
    FRAME_BODY_BYTES,
    FRAME_BYTES,
    FRAME_REF_BYTES,
    KEM_CIPHERTEXT_BYTES,
    LINK_ACK_BYTES,
    MAX_BATCH_FRAMES,
    MIDDLE_REPLY_BYTES,
    PIECE_HEAD_BYTES,
    STORE_REPLY_BYTES,
)

VERSION: Final = 1
DOOR_KEY_DAY: Final = 0xFFFF
"""In place of a key's day: the relay's door key, while no link key of it is known."""
PROCESS_BYTES: Final = 8
NO_REF: Final = bytes(FRAME_REF_BYTES)
MAX_SEQUENCE: Final = (1 << 63) - 1
"""Databases keep signed 64-bit integers; nobody counts this far."""
_NONCE_BYTES: Final = 24
_KEY_BYTES: Final = 32
_SEALED_AT: Final = BATCH_HEAD_BYTES + KEM_CIPHERTEXT_BYTES
_MAC_BYTES: Final = 16
_HEAD = struct.Struct(">BBBHH")
_BODY_HEAD = struct.Struct(f">{PROCESS_BYTES}sQH")
_FRAME_HEAD = struct.Struct(f">B{FRAME_REF_BYTES}sH")
_ACK = struct.Struct(f">{PROCESS_BYTES}sQB")
_ACK_PLAIN_BYTES: Final = LINK_ACK_BYTES - _NONCE_BYTES - _MAC_BYTES
_DEPOSIT_BODIES = (DEPOSIT_MIDDLE_BOX_BYTES, DEPOSIT_STORE_BOX_BYTES)
_FETCH_BODIES = (FETCH_MIDDLE_BOX_BYTES, FETCH_STORE_BOX_BYTES)
_REPLY_BODIES = (STORE_REPLY_BYTES, MIDDLE_REPLY_BYTES)


class FrameKind(IntEnum):
    """What a frame carries."""

    PACKET = 1
    REPLY = 2
    PIECE = 3


class AckStatus(IntEnum):
    """What the receiver says of a batch."""

    STORED = 0
    """Committed and synced (or seen before): the sender may drop its frames."""
    BUSY = 1
    """Not taken; the sender keeps its frames and comes again later."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `ref`: of a fetch, the reference its reply shall carry; of a reply, that reference; else zeros."""

    kind: FrameKind
    ref: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class LinkHead:
    """The part of a batch that is in the clear; days name the link keys used, `DOOR_KEY_DAY` the door key."""

    sender: RelayId
    receiver: RelayId
    sender_key_day: int
    receiver_key_day: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The sealed part: `process` (8 random bytes) names a sequence of one sender, `seq` counts in it."""

    process: bytes
    seq: int
    frames: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Ack:
    """Answer to the batch with the same process and sequence number."""

    process: bytes
    seq: int
    status: AckStatus


def batch_bytes(count: int) -> int:
    """Return the size of a batch of `count` frames (1..16); it never equals the size of a posted exchange."""
    return BATCH_OVERHEAD + count * FRAME_BYTES


def link_secret(own_secret: bytes, peer_public: bytes) -> bytes:
    """Return the 32 bytes two link keys share (crypto_box_beforenm), the same at both ends.

    ProtocolError: the peer's key is not 32 bytes or has small order.
    """
    try:
        return crypto_box_beforenm(peer_public, own_secret)
    except CryptoError:
        raise ProtocolError("link key is not usable") from None


def encode_frame(frame: Frame) -> bytes:
    """Return the 4250 bytes of a frame. ValueError (our bug): a body or reference its kind does not have."""
    try:
        _check_frame(frame)
    except ProtocolError as error:
        raise ValueError(str(error)) from None
    return _FRAME_HEAD.pack(frame.kind, frame.ref, len(frame.body)) + pad_zero(frame.body, FRAME_BODY_BYTES)


def parse_frame(data: bytes) -> Frame:
    """Parse 4250 bytes. ProtocolError: unknown kind, a length its kind does not have, padding not zero."""
    if len(data) != FRAME_BYTES:
        raise ProtocolError("frame has a wrong size")
    kind, ref, length = _FRAME_HEAD.unpack_from(data)
    try:
        kind = FrameKind(kind)
    except ValueError:
        raise ProtocolError("unknown kind of frame") from None
    frame = Frame(kind, ref, unpad_zero(data[_FRAME_HEAD.size :], length))
    _check_frame(frame)
    return frame


def seal_batch(head: LinkHead, link: bytes, made: Encapsulated, batch: Batch, entropy: Entropy) -> tuple[bytes, bytes]:
    """Return a batch, head 7 ‖ KEM ciphertext 1088 ‖ nonce 24 ‖ tag 16 ‖ sealed{process 8, seq u64, count u16, frames},
    and the 32-byte key that opens its acknowledgement.

    `link` is `link_secret` of the two keys that `head` names, `made` a new secret for the ML-KEM key that goes with the
    receiver's.
    """
    if not 1 <= len(batch.frames) <= MAX_BATCH_FRAMES or len(batch.process) != PROCESS_BYTES:
        raise ValueError("a batch holds 1..16 frames and an 8-byte process")
    if not 0 <= batch.seq <= MAX_SEQUENCE:
        raise ValueError("a sequence number is below 2^63")
    plaintext = _BODY_HEAD.pack(batch.process, batch.seq, len(batch.frames)) + b"".join(map(encode_frame, batch.frames))
    named = _HEAD.pack(VERSION, head.sender, head.receiver, head.sender_key_day, head.receiver_key_day)
    front = named + made.ciphertext
    batch_key, ack_key = _keys(link, made.secret, front)
    nonce = entropy(_NONCE_BYTES)
    return front + nonce + crypto_box_easy_afternm(plaintext, nonce, batch_key), ack_key


def parse_head(data: bytes) -> LinkHead:
    """Read who sends a batch and with which keys. ProtocolError: not a batch's size, or another version."""
    count, rest = divmod(len(data) - BATCH_OVERHEAD, FRAME_BYTES)
    if rest or not 1 <= count <= MAX_BATCH_FRAMES:
        raise ProtocolError("batch has a wrong size")
    version, sender, receiver, sender_day, receiver_day = _HEAD.unpack_from(data)
    if version != VERSION:
        raise ProtocolError("unknown version of batch")
    return LinkHead(RelayId(sender), RelayId(receiver), sender_day, receiver_day)


def open_batch(data: bytes, link: bytes, kem: KemKey) -> tuple[Batch, bytes]:
    """Open a batch with the `link_secret` of the keys its head names and the ML-KEM key of the receiver; the batch and
    the key that seals its acknowledgement. ProtocolError: anything else than sealed so.
    """
    parse_head(data)
    front, nonce = data[:_SEALED_AT], data[_SEALED_AT : _SEALED_AT + _NONCE_BYTES]
    batch_key, ack_key = _keys(link, kem.decapsulate(front[BATCH_HEAD_BYTES:]), front)
    try:
        plaintext = crypto_box_open_easy_afternm(data[_SEALED_AT + _NONCE_BYTES :], nonce, batch_key)
    except CryptoError:
        raise ProtocolError("batch does not open") from None
    process, seq, count = _BODY_HEAD.unpack_from(plaintext)
    if len(plaintext) != _BODY_HEAD.size + count * FRAME_BYTES:
        raise ProtocolError("batch holds another number of frames than it says")
    if seq > MAX_SEQUENCE:
        raise ProtocolError("sequence number is out of range")
    starts = range(_BODY_HEAD.size, len(plaintext), FRAME_BYTES)
    return Batch(process, seq, tuple(parse_frame(plaintext[at : at + FRAME_BYTES]) for at in starts)), ack_key


def seal_ack(key: bytes, ack: Ack, entropy: Entropy) -> bytes:
    """Return the 128-byte answer to a batch, under its key: nonce 24 ‖ tag 16 ‖ sealed{process, seq, status, zeros}."""
    nonce = entropy(_NONCE_BYTES)
    plaintext = pad_zero(_ACK.pack(ack.process, ack.seq, ack.status), _ACK_PLAIN_BYTES)
    return nonce + crypto_box_easy_afternm(plaintext, nonce, key)


def open_ack(data: bytes, key: bytes) -> Ack:
    """Open the answer to the batch that has this key. ProtocolError: wrong size, does not open, or malformed."""
    if len(data) != LINK_ACK_BYTES:
        raise ProtocolError("acknowledgement has a wrong size")
    try:
        plaintext = crypto_box_open_easy_afternm(data[_NONCE_BYTES:], data[:_NONCE_BYTES], key)
    except CryptoError:
        raise ProtocolError("acknowledgement does not open") from None
    process, seq, status = _ACK.unpack_from(plaintext)
    require_zero(plaintext[_ACK.size :])
    try:
        return Ack(process, seq, AckStatus(status))
    except ValueError:
        raise ProtocolError("unknown status of acknowledgement") from None


def _keys(link: bytes, kem: bytes, front: bytes) -> tuple[bytes, bytes]:
    """The keys of a batch and of its acknowledgement, from both secrets and all that is in the clear."""
    # crypto_box alone is symmetric: without the head in the key a batch could be reflected to its sender.
    keys = derive(b"sosik batch", front, key=link + kem, size=2 * _KEY_BYTES)
    return keys[:_KEY_BYTES], keys[_KEY_BYTES:]


def _check_frame(frame: Frame) -> None:
    size = len(frame.body)
    match frame.kind:
        case FrameKind.PACKET:
            valid = size in _FETCH_BODIES or (size in _DEPOSIT_BODIES and frame.ref == NO_REF)
        case FrameKind.REPLY:
            valid = size in _REPLY_BODIES
        case FrameKind.PIECE:
            valid = size > PIECE_HEAD_BYTES and frame.ref == NO_REF
    if not valid or size > FRAME_BODY_BYTES or len(frame.ref) != FRAME_REF_BYTES:
        raise ProtocolError("frame has a body or reference its kind does not have")
