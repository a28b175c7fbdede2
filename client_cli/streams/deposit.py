"""What a deposit slot leaves: letters and loops both make one.

Invariant: nobody who sees a deposit can tell which of the two made it. Spec: docs/protocol.md, Streams; Loops.
"""

from dataclasses import dataclass

from protocol.streams.pigeonhole import Hole

__all__ = ["Deposit"]


@dataclass(frozen=True, slots=True)
class Deposit:
    """What a deposit slot leaves: a cell of 4096 bytes at a pigeonhole of the slot's store."""

    hole: Hole
    cell: bytes
