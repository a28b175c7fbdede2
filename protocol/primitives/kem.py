"""ML-KEM-768 (FIPS 203): key encapsulation that a quantum computer does not undo.

Keys are made from 64-byte seeds. Encapsulation draws its 32 random bytes inside the library, which offers no way to
give them: ciphertexts are the only bytes of Sosik that do not follow from an `Entropy`, and nothing but their content
differs between two runs of one seed. Invariant: a ciphertext that was altered, or made for another key, gives a secret
that has nothing to do with the sender's (implicit rejection), never an error: whoever uses one authenticates with it.

Spec: docs/protocol.md, Key encapsulation.
Decision 100.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey

from protocol.errors import ProtocolError

KEM_SEED_BYTES: Final = 64
KEM_PUBLIC_BYTES: Final = 1184
KEM_CIPHERTEXT_BYTES: Final = 1088
KEM_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Encapsulated:
    """A secret of 32 bytes that nobody else has, and the 1088 bytes from which the key's owner makes it."""

    secret: bytes = field(repr=False)
    ciphertext: bytes


class KemKey:
    """A decapsulation key with its public half beside it; making it of its seed costs four decapsulations."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEM_SEED_BYTES:
            raise ValueError("an ML-KEM seed is 64 bytes")
        self._key = MLKEM768PrivateKey.from_seed_bytes(seed)
        self.public: Final = self._key.public_key().public_bytes_raw()

    def decapsulate(self, ciphertext: bytes) -> bytes:
        """Return the 32-byte secret of a ciphertext. ProtocolError: it is not 1088 bytes."""
        if len(ciphertext) != KEM_CIPHERTEXT_BYTES:
            raise ProtocolError("a KEM ciphertext is 1088 bytes")
        return self._key.decapsulate(ciphertext)


def encapsulate(public: bytes) -> Encapsulated:
    """Make a new secret for the owner of a key. ProtocolError: `public` is no ML-KEM-768 key."""
    return Encapsulated(*_parse(public).encapsulate())


def require_kem_keys(*publics: bytes) -> None:
    """ProtocolError: a key is not 1184 bytes or holds a number that is not reduced (FIPS 203, 7.2)."""
    for public in publics:
        _parse(public)


@lru_cache(maxsize=64)
def _parse(public: bytes) -> MLKEM768PublicKey:
    try:
        return MLKEM768PublicKey.from_public_bytes(public)
    except ValueError:
        raise ProtocolError("an ML-KEM key is not usable") from None
