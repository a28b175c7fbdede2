"""The key file: two random keys, wrapped by the opening words.

Invariant: without this file nothing in the home can be read, so it is written whole or not at all (new file, fsync,
rename, fsync of the directory) and destroyed first when a person leaves. Spec: docs/protocol.md, Vault.

Layout, 133 bytes: magic "SOSIKKEY" 8 | version u8 = 2 | ops u32 | memory KiB u32 | salt 16 | nonce 24 | AEAD(post key
32 | letters key 32) 80 - 16 of tag included - | checksum 8. The associated data is everything before the nonce; the
checksum is a BLAKE2b of everything before it and tells damage from wrong words. The words are NFKC without spaces, so
that Chinese ones, which are written with and without, open in both forms; in version 1 spaces counted.
Decisions 32, 92.
"""

import os
import struct
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from client_cli.errors import VaultDamaged, VaultExists, VaultMissing, WordsProblem, WrongWords
from protocol.errors import ProtocolError
from protocol.primitives.aead import open_sealed, seal
from protocol.primitives.kdf import derive
from protocol.seams import Entropy

__all__ = [
    "KEY_FILE",
    "MAX_MEMORY_KIB",
    "MAX_OPS",
    "VaultKeys",
    "WordsCost",
    "change_words",
    "raised",
    "read_cost",
    "read_keys",
    "wrapping_key",
    "write_file",
    "write_keys",
]

KEY_FILE = "keys"
_MAGIC = b"SOSIKKEY"
_VERSION = 2
_VERSION_WITH_SPACES = 1
_HEADER = struct.Struct(">8sBII16s")
_KEY_BYTES = 32
_SEALED_BYTES = 24 + 2 * _KEY_BYTES + 16
_CHECK_BYTES = 8
_FILE_BYTES = _HEADER.size + _SEALED_BYTES + _CHECK_BYTES
# Limits for what a key file may ask of this machine, so that a forged one cannot take all memory before the words are
# looked at.
MAX_OPS = 64
MAX_MEMORY_KIB = 2 * 1024 * 1024
WORDS_S = 1.0  # what one try at new words is to take on the computer where they are changed


@dataclass(frozen=True, slots=True)
class WordsCost:
    """Work of Argon2id for one try at the words.

    64 MiB and 3 passes: about 0.1 s on a desk computer and 1-2 s on the cheap phones and second-hand laptops this is
    for, and it still fits where 256 MiB would make the system kill the program. RFC 9106 names these numbers for
    memory-poor machines. The cost stands in the file, so that it can be raised for a home without changing code.
    """

    ops: int = 3
    memory_kib: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class VaultKeys:
    """The key of the database file and the key of the letters compartment, 32 bytes each."""

    post: bytes = field(repr=False)
    letters: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _KeyFile:
    version: int
    cost: WordsCost
    salt: bytes
    header: bytes
    sealed: bytes = field(repr=False)


def wrapping_key(words: str, salt: bytes, cost: WordsCost, version: int = _VERSION) -> bytes:
    """Argon2id of the words: what a key file or a backup is sealed under."""
    from nacl.bindings import crypto_pwhash_alg, crypto_pwhash_ALG_ARGON2ID13

    plain = unicodedata.normalize("NFKC", words)
    plain = plain.strip() if version == _VERSION_WITH_SPACES else "".join(plain.split())
    spelled = plain.encode("utf-8", "surrogatepass")
    return crypto_pwhash_alg(_KEY_BYTES, spelled, salt, cost.ops, cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13)


def write_file(path: Path, data: bytes) -> None:
    """Put `data` at `path` so that after a power cut there is the old file or the new one, with mode 0600."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_keys(home: Path, words: str, keys: VaultKeys, entropy: Entropy, cost: WordsCost) -> None:
    """Wrap `keys` with the words (NFKC) and write the key file; an existing one is refused with VaultExists."""
    if (home / KEY_FILE).exists():
        raise VaultExists
    change_words(home, words, keys, entropy, cost)


def change_words(home: Path, words: str, keys: VaultKeys, entropy: Entropy, cost: WordsCost) -> None:
    """Wrap the keys with these words, in place of the key file there is. WordsProblem: there are none."""
    if not unicodedata.normalize("NFKC", words).strip():
        raise WordsProblem
    salt = entropy(16)
    header = _HEADER.pack(_MAGIC, _VERSION, cost.ops, cost.memory_kib, salt)
    body = header + seal(wrapping_key(words, salt, cost), keys.post + keys.letters, header, entropy)
    write_file(home / KEY_FILE, body + derive(b"sosik keyfile", body, size=16)[:_CHECK_BYTES])


def raised(held: WordsCost, took_s: float) -> WordsCost:
    """The cost that makes one try take about `WORDS_S` on the computer where it took `took_s`; never a lower one."""
    fitting = int(held.ops * WORDS_S / took_s) if took_s > 0 else held.ops  # else: the clock was set back
    return WordsCost(max(held.ops, min(fitting, MAX_OPS)), held.memory_kib)


def read_cost(home: Path) -> WordsCost:
    """What one try at the words costs. VaultMissing, VaultDamaged."""
    return _read(home).cost


def read_keys(home: Path, words: str) -> VaultKeys:
    """Unwrap the keys. VaultMissing: no file; VaultDamaged: not a whole one; WrongWords: whole, other words."""
    found = _read(home)
    try:
        plain = open_sealed(wrapping_key(words, found.salt, found.cost, found.version), found.sealed, found.header)
    except ProtocolError:
        raise WrongWords from None
    return VaultKeys(plain[:_KEY_BYTES], plain[_KEY_BYTES:])


def _read(home: Path) -> _KeyFile:
    try:
        data = (home / KEY_FILE).read_bytes()
    except FileNotFoundError:
        raise VaultMissing from None
    except OSError as problem:
        raise VaultDamaged from problem
    body, check = data[:-_CHECK_BYTES], data[-_CHECK_BYTES:]
    if len(data) != _FILE_BYTES or derive(b"sosik keyfile", body, size=16)[:_CHECK_BYTES] != check:
        raise VaultDamaged
    header = body[: _HEADER.size]
    magic, version, ops, memory_kib, salt = _HEADER.unpack(header)
    known = version in (_VERSION, _VERSION_WITH_SPACES)
    if magic != _MAGIC or not known or not 1 <= ops <= MAX_OPS or not 8 <= memory_kib <= MAX_MEMORY_KIB:
        raise VaultDamaged
    return _KeyFile(version, WordsCost(ops, memory_kib), salt, header, body[_HEADER.size :])
