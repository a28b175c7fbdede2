"""The only hash and key derivation of Sosik: BLAKE2b with a label and length-prefixed parts.

Invariant: two different uses never share a label, and no two lists of parts hash the same bytes (every part is
preceded by its length), so a value derived for one purpose is never valid for another.

Spec: docs/protocol.md, Key derivation.
Decision 13.
"""

import hashlib

MAX_LABEL_BYTES = 16
MAX_KEY_BYTES = 64
MAX_DERIVED_BYTES = 64


def derive(label: bytes, *parts: bytes, key: bytes = b"", size: int = 32) -> bytes:
    """Return `size` bytes (1..64): BLAKE2b(key = key, person = label, data = len(p) as u32 ‖ p for every part p).

    `label` is 1..16 bytes (zero padded, the personalisation parameter); `key` is at most 64 bytes. The result is
    also a function of `size`: a shorter one is no prefix of a longer one. ValueError is a bug of the caller.
    """
    if not label:
        raise ValueError("a derivation needs a label")
    data = b"".join([len(part).to_bytes(4, "big") + part for part in parts])
    return hashlib.blake2b(data, digest_size=size, key=key, person=label).digest()
