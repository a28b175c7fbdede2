"""Handovers: what relatives and helpers give each other about a meeting, in a letter of its own kind.

A handover carries an introduce card (relative to helper), an introduction (helper to relative) or an answer (one way,
either leg), byte for byte what a QR of it holds, and a name. Invariant: it is a letter like any other; nothing here
says more than the pictures do but the name, which its sender chose to tell.

Spec: docs/protocol.md, Introductions.
"""

from dataclasses import dataclass
from typing import Final

from protocol.people.card_name import check_name, parse_name
from protocol.people.introduction import Passed, encode_passed, parse_passed
from protocol.primitives.codec import Reader

__all__ = ["MAX_WAITING", "Handover", "encode_handover", "parse_handover"]

MAX_WAITING: Final = 16
"""How many handovers of one sender wait at a time; whoever sends more is being a nuisance, and they are passed over."""


@dataclass(frozen=True, slots=True)
class Handover:
    """`name`: of a card, whom it is for; of an introduction one way, whose card it is; as its sender calls them, 0..32
    bytes, for the eyes of the receiver alone.
    """

    name: str
    passed: Passed

    def __post_init__(self) -> None:
        check_name(self.name)


def encode_handover(handover: Handover) -> bytes:
    """Return the body of a letter of kind 4: name (length u8, UTF-8) | the bytes of a QR."""
    name = handover.name.encode()
    return bytes([len(name)]) + name + encode_passed(handover.passed)


def parse_handover(body: bytes) -> Handover:
    """Read what `encode_handover` wrote. ProtocolError: anything else."""
    reader = Reader(body)
    name = parse_name(reader.read(reader.u8()))
    return Handover(name, parse_passed(reader.rest()))
