"""Authenticated encryption with a random nonce: XChaCha20-Poly1305 (IETF), nonce in front.

Invariant: a sealed text is uniformly random to everyone without the key, and one wrong bit anywhere, the
additional data included, is a `ProtocolError`.

Spec: docs/protocol.md, Sealing.
"""

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from protocol.errors import ProtocolError
from protocol.seams import Entropy

KEY_BYTES = 32
NONCE_BYTES = 24
TAG_BYTES = 16
AEAD_OVERHEAD = NONCE_BYTES + TAG_BYTES


def seal(key: bytes, plaintext: bytes, aad: bytes, entropy: Entropy) -> bytes:
    """Return nonce 24 ‖ ciphertext ‖ tag 16, `AEAD_OVERHEAD` bytes more than the plaintext. `key` is 32 bytes."""
    nonce = entropy(NONCE_BYTES)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, aad, nonce, key)


def open_sealed(key: bytes, data: bytes, aad: bytes) -> bytes:
    """Return the plaintext of `seal`. ProtocolError: too short, another key, other additional data, or altered."""
    if len(data) < AEAD_OVERHEAD:
        raise ProtocolError("sealed text is too short")
    try:
        return crypto_aead_xchacha20poly1305_ietf_decrypt(data[NONCE_BYTES:], aad, data[:NONCE_BYTES], key)
    except CryptoError:
        raise ProtocolError("sealed text does not open") from None
