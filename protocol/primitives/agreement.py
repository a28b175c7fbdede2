"""X25519 key agreement that refuses what contributes nothing.

Invariant: a shared secret is never the all-zero value that points of small order force on everyone.

Spec: docs/protocol.md, Key agreement.
"""

from nacl.bindings import crypto_scalarmult

from protocol.errors import ProtocolError

AGREED_BYTES = 32
_PROBE = bytes([1]) * AGREED_BYTES
"""Any secret: X25519 makes it a multiple of 8, which is enough to find every point of small order."""


def require_usable(*publics: bytes) -> None:
    """ProtocolError: a key is not 32 bytes or is a point of small order.

    Where somebody publishes a key that others will seal to, it is refused when it is read: refused only when used, one
    relay could stop everybody who has its descriptor.
    """
    for public in publics:
        shared_secret(_PROBE, public)


def shared_secret(secret: bytes, public: bytes) -> bytes:
    """Return X25519(secret 32, public 32), 32 bytes.

    ProtocolError: `public` is not 32 bytes or is a point of small order. The lengths are checked here because the
    binding reads 32 bytes whatever it is given.
    """
    if len(secret) != AGREED_BYTES:
        raise ValueError("an X25519 secret is 32 bytes")
    if len(public) != AGREED_BYTES:
        raise ProtocolError("a public key is 32 bytes")
    try:
        return crypto_scalarmult(secret, public)
    except RuntimeError:  # libsodium reports an all-zero result as a failure
        raise ProtocolError("public key of small order") from None
