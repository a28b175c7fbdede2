"""The letters compartment: columns sealed under the letters key.

Invariant: a sealed value opens only in its own table, row and column (associated data), and without the letters key in
memory nothing of the compartment can be read or changed. Spec: docs/protocol.md, Vault.

The nonce is a BLAKE2b of the place and the plain value under a key derived from the letters key. So sealing needs no
randomness (a command that only marks a letter read draws none, and seeded runs stay seeded) and a nonce can repeat only
together with its whole message, which shows at most that a value was written twice to the same place.
Decision 1.
"""

from client_cli.errors import KeyUnavailable, VaultDamaged
from protocol.errors import ProtocolError
from protocol.primitives.aead import open_sealed, seal
from protocol.primitives.kdf import derive

__all__ = ["LettersBox"]


class LettersBox:
    """Seals and opens column values; holds the only copy of the letters key in the process."""

    __slots__ = ("_key", "_nonce_key")

    def __init__(self, key: bytes) -> None:
        self._key: bytearray | None = bytearray(key)
        self._nonce_key: bytearray = bytearray(derive(b"sosik boxnonce", key=key))

    @property
    def key(self) -> bytes:
        """The letters key, 32 bytes; KeyUnavailable after `drop`."""
        if self._key is None:
            raise KeyUnavailable
        return bytes(self._key)

    def drop(self) -> None:
        """Overwrite the keys in memory. Copies a library made are out of reach (docs/threats.md)."""
        for held in (self._key, self._nonce_key):
            if held is not None:
                held[:] = bytes(len(held))
        self._key = None

    @property
    def has_key(self) -> bool:
        """Whether values can be sealed and opened."""
        return self._key is not None

    def seal(self, table: str, row: int, column: str, plaintext: bytes) -> bytes:
        """Seal for one place: nonce 24 | ciphertext | tag 16."""
        place = f"{table}/{row}/{column}".encode()
        nonce = derive(b"sosik boxnonce", place, plaintext, key=bytes(self._nonce_key), size=24)
        return seal(self.key, plaintext, place, lambda size: nonce[:size])

    def open(self, table: str, row: int, column: str, sealed: bytes) -> bytes:
        """Open a value of this place; VaultDamaged when it is not what was sealed there."""
        try:
            return open_sealed(self.key, sealed, f"{table}/{row}/{column}".encode())
        except ProtocolError:
            raise VaultDamaged from None
