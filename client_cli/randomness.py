"""The separate random streams that a client draws from.

Invariant 1: content and cryptography never draw from one stream, so that what one of them draws shifts nothing of the
other; the schedule draws from neither, it has its own key in the vault. Spec: docs/protocol.md, Conventions.
"""

from dataclasses import dataclass

from protocol.seams import Entropy

__all__ = ["Randomness"]


@dataclass(frozen=True, slots=True)
class Randomness:
    """`content`: waits and choices that follow from letters; `crypto`: keys, names, nonces and cover."""

    content: Entropy
    crypto: Entropy
