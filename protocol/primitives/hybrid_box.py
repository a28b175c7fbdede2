"""Hybrid boxes: a sealed box inside ML-KEM-768, for what must stay closed to whoever keeps it for twenty years.

Box: KEM ciphertext 1088 | nonce 24 | XChaCha20-Poly1305 of the sealed box. Key and nonce are one derivation from the
KEM's secret, the ciphertext and both public keys, so the nonce commits to all of them: a box opens under one key, and
one made for another key is refused before its body is read. Invariant: reading one takes breaking X25519 and ML-KEM.

Spec: docs/protocol.md, Hybrid boxes.
Decisions 99, 101.
"""

from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from typing import Final

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from protocol.errors import ProtocolError
from protocol.primitives import sealed_box
from protocol.primitives.aead import AEAD_OVERHEAD, KEY_BYTES, NONCE_BYTES
from protocol.primitives.kdf import derive
from protocol.primitives.kem import KEM_CIPHERTEXT_BYTES, KEM_SEED_BYTES, Encapsulated, KemKey, encapsulate
from protocol.primitives.sealed_box import BOX_OVERHEAD, OpeningKey
from protocol.seams import Entropy

HYBRID_SECRET_BYTES: Final = sealed_box.SECRET_BYTES + KEM_SEED_BYTES
"""X25519 secret 32 | ML-KEM seed 64: drawn apart, so that neither follows from the other."""
HYBRID_OVERHEAD: Final = KEM_CIPHERTEXT_BYTES + AEAD_OVERHEAD + BOX_OVERHEAD
KEM_HASH_BYTES: Final = 32
_BODY: Final = KEM_CIPHERTEXT_BYTES + NONCE_BYTES


@dataclass(frozen=True, slots=True)
class HybridPublic:
    """Both public keys of a recipient: X25519 32 bytes, ML-KEM-768 1184 bytes."""

    curve: bytes
    kem: bytes


@dataclass(frozen=True, slots=True)
class HybridKey:
    """Both opening keys of a recipient."""

    curve: OpeningKey
    kem: KemKey

    @classmethod
    def of(cls, secret: bytes) -> "HybridKey":
        """Make the keys of 96 secret bytes."""
        if len(secret) != HYBRID_SECRET_BYTES:
            raise ValueError("a hybrid secret is 96 bytes")
        return cls(OpeningKey.of(secret[: sealed_box.SECRET_BYTES]), KemKey(secret[sealed_box.SECRET_BYTES :]))

    @property
    def public(self) -> HybridPublic:
        """Both public halves."""
        return HybridPublic(self.curve.public, self.kem.public)


def kem_hash(public: bytes) -> bytes:
    """Return the 32 bytes by which a roster names an ML-KEM key that is published elsewhere."""
    return derive(b"sosik kem", public, size=KEM_HASH_BYTES)


@lru_cache(maxsize=64)
def stand_in(curve: bytes) -> KemKey:
    """The ML-KEM key that stands in for an unknown one beside an X25519 key: everybody can make it."""
    return KemKey(derive(b"sosik stand-in", curve, size=KEM_SEED_BYTES))


def curve_only(curve: bytes) -> HybridPublic:
    """What to seal to while no ML-KEM key of a recipient is known: X25519 alone protects it, and nothing shows that."""
    return HybridPublic(curve, stand_in(curve).public)


def seal(recipient: HybridPublic, plaintext: bytes, entropy: Entropy) -> bytes:
    """Return a box of `HYBRID_OVERHEAD` bytes more than the plaintext. ProtocolError: a public key is not usable."""
    return seal_with(encapsulate(recipient.kem), recipient, plaintext, entropy)


def seal_with(made: Encapsulated, recipient: HybridPublic, plaintext: bytes, entropy: Entropy) -> bytes:
    """Return the box whose KEM secret is `made`, once: it fixes key and nonce."""
    box = sealed_box.seal(recipient.curve, plaintext, entropy)
    key, nonce = _key_and_nonce(made.secret, made.ciphertext, recipient)
    return made.ciphertext + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(box, None, nonce, key)


def open_box(own: HybridKey, box: bytes) -> bytes:
    """Return the plaintext of a box sealed to this key. ProtocolError: too short, another key, or altered."""
    if len(box) < HYBRID_OVERHEAD:
        raise ProtocolError("hybrid box is too short")
    ciphertext = box[:KEM_CIPHERTEXT_BYTES]
    key, nonce = _key_and_nonce(own.kem.decapsulate(ciphertext), ciphertext, own.public)
    if not compare_digest(nonce, box[KEM_CIPHERTEXT_BYTES:_BODY]):
        raise ProtocolError("hybrid box is for another key")
    try:
        inner = crypto_aead_xchacha20poly1305_ietf_decrypt(box[_BODY:], None, nonce, key)
    except CryptoError:
        raise ProtocolError("hybrid box does not open") from None
    return sealed_box.open_box(own.curve, inner)


def _key_and_nonce(secret: bytes, ciphertext: bytes, public: HybridPublic) -> tuple[bytes, bytes]:
    both = derive(b"sosik hybrid", ciphertext, public.curve, public.kem, key=secret, size=KEY_BYTES + NONCE_BYTES)
    return both[:KEY_BYTES], both[KEY_BYTES:]
