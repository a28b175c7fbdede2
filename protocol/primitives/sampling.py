"""Draws: from random bytes to uniform numbers, choices and exponential holds.

Invariant: every function of `u` uses exactly one `uniform01` draw, so that a schedule takes the same number of draws
whatever it decides. Only `randbelow` may take more bytes than asked for (rejection); schedules use `choose`.

Spec: docs/protocol.md, Sampling.
"""

import math

from protocol.seams import Entropy

EXPONENTIAL_CAP = 27
"""A hold is cut at 27 means (probability 2e-12), far from where cutting would tell holds apart."""

_UNIFORM_BYTES = 7
_UNIFORM_BITS = 53


def uniform01(entropy: Entropy) -> float:
    """Return a float in [0, 1): the top 53 bits of 7 random bytes, divided by 2^53."""
    return (int.from_bytes(entropy(_UNIFORM_BYTES), "big") >> (8 * _UNIFORM_BYTES - _UNIFORM_BITS)) / 2.0**_UNIFORM_BITS


def exponential(u: float, mean: float) -> float:
    """Return the exponential quantile of `u` in [0, 1), in the unit of `mean`, at most 27 means."""
    return min(-math.log1p(-u), EXPONENTIAL_CAP) * mean


def hold_ms(u: float, mean_ms: int) -> int:
    """Return an exponential hold in whole milliseconds, at most 27 means."""
    return round(exponential(u, mean_ms))


def choose(u: float, n: int) -> int:
    """Return a choice 0..n-1 from one uniform draw; the bias is below n / 2^53. ValueError: n < 1."""
    if n < 1:
        raise ValueError("nothing to choose from")
    return min(int(u * n), n - 1)


def randbelow(entropy: Entropy, n: int) -> int:
    """Return an exactly uniform integer 0..n-1, by rejection. ValueError: n < 1."""
    if n < 1:
        raise ValueError("nothing to choose from")
    bits = (n - 1).bit_length()
    if bits == 0:
        return 0
    size = (bits + 7) // 8
    while True:
        value = int.from_bytes(entropy(size), "big") >> (8 * size - bits)
        if value < n:
            return value
