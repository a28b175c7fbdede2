"""Ed25519 signatures, each bound to a label that says what was signed.

The label keeps a signature made for one kind of statement from being shown as another. A secret is the 32-byte seed;
signing is deterministic. Spec: docs/protocol.md, Signatures.
"""

from typing import Final

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from protocol.errors import ProtocolError

SIGNATURE_BYTES: Final = 64
VERIFY_KEY_BYTES: Final = 32
SEED_BYTES: Final = 32


def verify_key_of(seed: bytes) -> bytes:
    """Return the 32-byte public half of a signing seed."""
    return bytes(SigningKey(seed).verify_key)


def sign(seed: bytes, label: bytes, message: bytes) -> bytes:
    """Return the 64-byte signature over label length u8 | label | message."""
    return SigningKey(seed).sign(_labelled(label, message)).signature


def check_signature(verify_key: bytes, label: bytes, message: bytes, signature: bytes) -> None:
    """Raise ProtocolError unless `signature` is by `verify_key` over this label and message."""
    if len(verify_key) != VERIFY_KEY_BYTES or len(signature) != SIGNATURE_BYTES:
        raise ProtocolError("a signature has the wrong length")
    try:
        VerifyKey(verify_key).verify(_labelled(label, message), signature)
    except BadSignatureError as error:
        raise ProtocolError("a signature does not hold") from error


def _labelled(label: bytes, message: bytes) -> bytes:
    return bytes([len(label)]) + label + message
