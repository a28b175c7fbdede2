"""The file of a backup: sealed under words of its own, in one of a few sizes.

Invariant: without the words it tells that it is a backup, what a guess costs, and one of five sizes; nothing is looked
at before its seal was opened. Spec: docs/protocol.md, Backups. Decision 137.

Layout: magic "SOSIKBAK" 8 | version u8 = 1 | ops u32 | memory KiB u32 | salt 16 | nonce 24 | AEAD(length u32 |
content | zeros, to one of `SIZES`) with 16 of tag | checksum 8. The associated data is everything before the nonce; the
checksum is a BLAKE2b of everything before it and tells damage from wrong words.
"""

import struct

from client_cli.errors import BackupDamaged, BackupNewer, BackupTooLarge, NoBackup, WrongWords
from client_cli.vault.key_file import MAX_MEMORY_KIB, MAX_OPS, WordsCost, wrapping_key
from protocol.errors import ProtocolError
from protocol.primitives.aead import open_sealed, seal
from protocol.primitives.kdf import derive
from protocol.seams import Entropy

__all__ = ["MAX_FILE_BYTES", "SIZES", "open_file", "seal_file"]

SIZES = tuple(1 << 20 + 2 * step for step in range(5))
"""1 MiB, which holds some twenty people, to 256 MiB, which holds every letter with its pictures."""
_MAGIC = b"SOSIKBAK"
_VERSION = 1
_HEADER = struct.Struct(">8sBII16s")
_CHECK_BYTES = 8
_LENGTH_BYTES = 4
_AROUND = _HEADER.size + 24 + 16 + _CHECK_BYTES
MAX_FILE_BYTES = SIZES[-1] + _AROUND


def seal_file(content: bytes, words: str, cost: WordsCost, entropy: Entropy) -> bytes:
    """Seal under the words. BackupTooLarge: more than the largest size."""
    plain = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    size = next((size for size in SIZES if len(plain) <= size), None)
    if size is None:
        raise BackupTooLarge
    salt = entropy(16)
    header = _HEADER.pack(_MAGIC, _VERSION, cost.ops, cost.memory_kib, salt)
    body = header + seal(wrapping_key(words, salt, cost), plain.ljust(size, b"\0"), header, entropy)
    return body + _checksum(body)


def open_file(data: bytes, words: str) -> tuple[bytes, WordsCost]:
    """The content, and what a try at the words costs.

    NoBackup: something else; BackupNewer: of a newer program; BackupDamaged: not whole; WrongWords.
    """
    if len(data) < _HEADER.size or not data.startswith(_MAGIC):
        raise NoBackup
    header = data[: _HEADER.size]
    _, version, ops, memory_kib, salt = _HEADER.unpack(header)
    if version > _VERSION:
        raise BackupNewer
    body, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
    whole = len(data) - _AROUND in SIZES and _checksum(body) == check
    if not whole or version < _VERSION or not 1 <= ops <= MAX_OPS or not 8 <= memory_kib <= MAX_MEMORY_KIB:
        raise BackupDamaged
    cost = WordsCost(ops, memory_kib)
    try:
        plain = open_sealed(wrapping_key(words, salt, cost), body[_HEADER.size :], header)
    except ProtocolError:
        raise WrongWords from None
    return plain[_LENGTH_BYTES : _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES], "big")], cost


def _checksum(body: bytes) -> bytes:
    return derive(b"sosik backup", body, size=16)[:_CHECK_BYTES]
