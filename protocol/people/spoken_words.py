"""The few words that two people read to each other after a meeting: the same ones, if nobody stands between them.

    password = derive("sosik spoken", binding, community key)
    numbers  = the first 88 bits of Argon2id(password, salt = derive("sosik words salt", binding), 16 passes, 64 MiB),
               11 bits each, the most significant first

Invariant: whoever hands each of the two a card of their own, or has one of them in another community, ends with other
numbers. The numbers are places in word lists of 2048 words, so both sides can show them in any language.

A man in the middle who has both real cards can try cards of his own, for each side, until the numbers of both sides
are the same: the square root of all, 2^33 tries a side for six words, since nothing was promised beforehand. So each
try is made dear here (docs/threats.md, Somebody who sees or photographs a meeting card).

Spec: docs/protocol.md, Spoken words.
Decision 88.
"""

from typing import Final

from nacl.pwhash import argon2id

from protocol.primitives.kdf import derive

__all__ = ["NUMBER_BITS", "SPOKEN_NUMBERS", "spoken_numbers"]

NUMBER_BITS: Final = 11
SPOKEN_NUMBERS: Final = 8
STRETCH_OPS: Final = 16
STRETCH_BYTES: Final = 64 * 1024 * 1024
"""0.4 s on a desk computer, some seconds on a cheap telephone, once a meeting; 2 * 2^33 of them are 200 years of a
desk computer's core."""
_SALT_BYTES: Final = 16
_KDF_BYTES: Final = 16  # the least that the function gives


def spoken_numbers(binding: bytes, community_key: bytes) -> tuple[int, ...]:
    """Return `SPOKEN_NUMBERS` numbers below 2048. `binding`: of the relationship. Takes a moment, on purpose."""
    password = derive(b"sosik spoken", binding, community_key)
    salt = derive(b"sosik words salt", binding, size=_SALT_BYTES)
    stretched = argon2id.kdf(_KDF_BYTES, password, salt, opslimit=STRETCH_OPS, memlimit=STRETCH_BYTES)
    bits = int.from_bytes(stretched, "big")
    total = _KDF_BYTES * 8
    return tuple((bits >> (total - NUMBER_BITS * (place + 1))) % 2**NUMBER_BITS for place in range(SPOKEN_NUMBERS))
