"""Time and randomness as parameters: the types pure code takes, and a seeded stream for tests and vectors.

Invariant: nothing in `protocol` reads a clock or the system's randomness. Real sources exist only in the
composition roots of `relay` and `client_cli`.

Spec: docs/protocol.md, Conventions.
"""

import hashlib
from collections.abc import Callable
from typing import NewType, Protocol

Entropy = Callable[[int], bytes]
"""`entropy(n)` returns n fresh, uniformly random bytes."""

RelayId = NewType("RelayId", int)
"""Permanent number of a relay in the roster, 0..255, never given to another relay."""

MAX_RELAY_ID = 255
SEED_BYTES = 32
_BLOCK_BYTES = 64


class Clock(Protocol):
    """A source of the present time. `now` is float Unix seconds."""

    def now(self) -> float: ...


class SeededEntropy:
    """A reproducible byte stream: `e(a) + e(b) == SeededEntropy(seed)(a + b)`. For tests, vectors and simulation.

    Block i of the stream is BLAKE2b-512(key = seed, person = "sosik entropy", data = i as u64).
    It is as unpredictable as its seed, but nothing is erased: who holds the object can recompute its past.
    """

    __slots__ = ("_counter", "_rest", "_seed")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError("a seed is 32 bytes")
        self._seed = seed
        self._counter = 0
        self._rest = b""

    def __call__(self, size: int) -> bytes:
        if size < 0:
            raise ValueError("size is negative")
        blocks = [self._rest]
        have = len(self._rest)
        while have < size:
            block = hashlib.blake2b(
                self._counter.to_bytes(8, "big"), digest_size=_BLOCK_BYTES, key=self._seed, person=b"sosik entropy"
            ).digest()
            self._counter += 1
            blocks.append(block)
            have += _BLOCK_BYTES
        stream = b"".join(blocks)
        self._rest = stream[size:]
        return stream[:size]
