"""Board entries cut to fit link frames, and joined again.

Invariant: cutting is a function of the entry alone, and what is joined is the entry that was cut (its name is its
hash); what a peer leaves unfinished costs a bounded amount of memory.

Spec: docs/protocol.md, Links.
"""

import struct
from dataclasses import dataclass, field
from typing import Final

from protocol.errors import ProtocolError
from protocol.primitives.kdf import derive
from protocol.sizes import PIECE_CHUNK_BYTES

PIECE_ID_BYTES: Final = 8
MAX_ENTRY_BYTES: Final = 1 + 2 + 0xFFFF
"""kind u8, length u16, body: the largest entry of the board log."""
MAX_PIECES: Final = -(-MAX_ENTRY_BYTES // PIECE_CHUNK_BYTES)
MAX_UNFINISHED: Final = 64
"""Entries one peer may leave unfinished: more than it sends between two pages, at most 4 MB."""
_HEAD = struct.Struct(f">BB{PIECE_ID_BYTES}s")


def split_entry(entry: bytes) -> list[bytes]:
    """Return frame bodies: part u8 ‖ parts u8 ‖ id 8 (hash of the entry) ‖ chunk of 4221 bytes, the last 1..4221."""
    if not 1 <= len(entry) <= MAX_ENTRY_BYTES:
        raise ValueError("an entry is 1..65538 bytes")
    chunks = [entry[at : at + PIECE_CHUNK_BYTES] for at in range(0, len(entry), PIECE_CHUNK_BYTES)]
    name = _name(entry)
    return [_HEAD.pack(part, len(chunks), name) + chunk for part, chunk in enumerate(chunks)]


@dataclass(slots=True)
class EntryJoiner:
    """Joins the pieces of one peer, in any order, duplicates included. Keep one for each peer."""

    _unfinished: dict[tuple[bytes, int], dict[int, bytes]] = field(default_factory=dict)

    def add(self, body: bytes) -> bytes | None:
        """Take one piece; return the entry it completes, else None. ProtocolError: no piece of a cut entry."""
        if len(body) <= _HEAD.size:
            raise ProtocolError("piece is too short")
        part, parts, name = _HEAD.unpack_from(body)
        chunk = body[_HEAD.size :]
        if not 1 <= parts <= MAX_PIECES or part >= parts:
            raise ProtocolError("piece has an impossible number")
        if len(chunk) > PIECE_CHUNK_BYTES or (part < parts - 1 and len(chunk) != PIECE_CHUNK_BYTES):
            raise ProtocolError("piece has a wrong size")
        key = (name, parts)
        pieces = self._unfinished.pop(key, {})
        pieces[part] = chunk
        if len(pieces) < parts:
            self._unfinished[key] = pieces
            if len(self._unfinished) > MAX_UNFINISHED:
                del self._unfinished[next(iter(self._unfinished))]  # the one waiting longest without news
            return None
        entry = b"".join(pieces[number] for number in range(parts))
        if _name(entry) != name or len(entry) > MAX_ENTRY_BYTES:
            raise ProtocolError("joined entry is not the one that was cut")
        return entry


def _name(entry: bytes) -> bytes:
    return derive(b"sosik piece", entry, size=PIECE_ID_BYTES)
