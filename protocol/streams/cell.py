"""A cell: one ratchet message under the key of its pigeonhole, 4096 bytes that look random to everyone else.

Invariant: every cell has one size, whatever it carries, letter, acks only, or nothing (a loop).

Spec: docs/protocol.md, Cells.
"""

from typing import Final

from protocol.errors import ProtocolError
from protocol.primitives import aead
from protocol.seams import Entropy
from protocol.sizes import AEAD_OVERHEAD, CELL_BYTES

MESSAGE_BYTES: Final = CELL_BYTES - AEAD_OVERHEAD
"""A ratchet message (Spec: docs/protocol.md, Ratchet messages); a loop carries as many random bytes."""
RATCHET_OVERHEAD: Final = 1 + 32 + 4 + 4 + 16
"""session u8, ratchet key 32, length of the chain before u32, number u32, tag 16."""
CONTENT_BYTES: Final = MESSAGE_BYTES - RATCHET_OVERHEAD

_AAD: Final = b"sosik cell 1"


def seal_cell(cell_key: bytes, message: bytes, entropy: Entropy) -> bytes:
    """Return nonce 24 | XChaCha20-Poly1305 of a message of `MESSAGE_BYTES`: `CELL_BYTES` in all."""
    if len(message) != MESSAGE_BYTES:
        raise ValueError("a message fills its cell")
    return aead.seal(cell_key, message, _AAD, entropy)


def open_cell(cell_key: bytes, cell: bytes) -> bytes:
    """Return the message. ProtocolError: wrong size, another key, or altered."""
    if len(cell) != CELL_BYTES:
        raise ProtocolError("a cell has one size")
    return aead.open_sealed(cell_key, cell, _AAD)
