"""Sealed boxes: bytes that only the owner of one X25519 key opens, from a sender who leaves no trace of its own.

The bytes are those of libsodium's `crypto_box_seal`; we compose them ourselves so that the ephemeral key comes
from an `Entropy` and boxes can be pinned as vectors. Invariant: a box cannot be altered into another one that opens
(the nonce covers both public keys), so the hash of a box names it: its replay tag.

Spec: docs/protocol.md, Sealed boxes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from nacl.bindings import crypto_box_easy, crypto_box_seal_open, crypto_scalarmult_base
from nacl.exceptions import CryptoError

from protocol.errors import ProtocolError
from protocol.primitives.kdf import derive
from protocol.seams import Entropy

SECRET_BYTES = 32
PUBLIC_BYTES = 32
BOX_OVERHEAD = 48
"""Ephemeral public key 32 and Poly1305 tag 16."""
BOX_TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """A secret key with its public half beside it: opening with this saves one of two curve operations."""

    secret: bytes = field(repr=False)
    public: bytes

    @classmethod
    def of(cls, secret: bytes) -> "OpeningKey":
        """Compute the public half of a 32-byte X25519 secret."""
        return cls(secret, public_of(secret))


def public_of(secret: bytes) -> bytes:
    """Return the 32-byte X25519 public key of a 32-byte secret."""
    if len(secret) != SECRET_BYTES:
        raise ValueError("an X25519 secret is 32 bytes")
    return crypto_scalarmult_base(secret)


def keypair(entropy: Entropy) -> tuple[bytes, bytes]:
    """Return a new X25519 (secret 32, public 32)."""
    secret = entropy(SECRET_BYTES)
    return secret, public_of(secret)


def seal(recipient: bytes, plaintext: bytes, entropy: Entropy) -> bytes:
    """Return ephemeral public key 32 ‖ crypto_box(plaintext), nonce = BLAKE2b-24(ephemeral ‖ recipient).

    `BOX_OVERHEAD` bytes more than the plaintext. ProtocolError: `recipient` is not 32 bytes, or is one of the points
    of small order to which everyone holds the key.
    """
    if len(recipient) != PUBLIC_BYTES:
        raise ProtocolError("a public key is 32 bytes")
    secret = entropy(SECRET_BYTES)
    ephemeral = public_of(secret)
    nonce = hashlib.blake2b(ephemeral + recipient, digest_size=24).digest()
    try:
        return ephemeral + crypto_box_easy(plaintext, nonce, recipient, secret)
    except CryptoError:
        raise ProtocolError("public key of small order") from None


def open_box(secret: bytes | OpeningKey, box: bytes) -> bytes:
    """Return the plaintext of a box sealed to this key. ProtocolError: too short, another key, or altered."""
    if len(box) < BOX_OVERHEAD:
        raise ProtocolError("sealed box is too short")
    key = secret if isinstance(secret, OpeningKey) else OpeningKey.of(secret)
    try:
        return crypto_box_seal_open(box, key.public, key.secret)
    except CryptoError:
        raise ProtocolError("sealed box does not open") from None


def find_open(secrets: Sequence[bytes | OpeningKey], box: bytes) -> tuple[int, bytes] | None:
    """Try keys in order; return (index of the key that opened it, plaintext), or None if none does."""
    for index, secret in enumerate(secrets):
        try:
            return index, open_box(secret, box)
        except ProtocolError:
            continue
    return None


def box_tag(box: bytes) -> bytes:
    """Return the 16-byte replay tag of a sealed box: the hash of all its bytes."""
    return derive(b"sosik box tag", box, size=BOX_TAG_BYTES)
