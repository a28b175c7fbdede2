"""Reading fixed layouts strictly: every field is there, nothing follows the last one.

Invariant: running past the end and leaving bytes over are `ProtocolError`; no other error leaves this module.

Spec: docs/protocol.md, Conventions.
"""

from protocol.errors import ProtocolError


class Reader:
    """Reads big-endian fields off the front of `data`. Call `end` after the last one."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes. ProtocolError: fewer are left."""
        end = self._at + size
        if end > len(self._data):
            raise ProtocolError("content ends early")
        field = self._data[self._at : end]
        self._at = end
        return field

    def u8(self) -> int:
        """Return the next byte as a number."""
        return self.read(1)[0]

    def u16(self) -> int:
        """Return the next two bytes as a number."""
        return int.from_bytes(self.read(2), "big")

    def u32(self) -> int:
        """Return the next four bytes as a number."""
        return int.from_bytes(self.read(4), "big")

    def u64(self) -> int:
        """Return the next eight bytes as a number."""
        return int.from_bytes(self.read(8), "big")

    def flag(self) -> bool:
        """Return the next byte as a truth value. ProtocolError: it is neither 0 nor 1."""
        value = self.u8()
        if value > 1:
            raise ProtocolError("a flag is neither 0 nor 1")
        return value == 1

    def version(self, known: int) -> None:
        """Check the version byte of a kept state. ProtocolError: it is not `known`."""
        if self.u8() != known:
            raise ProtocolError("unknown version")

    def rest(self) -> bytes:
        """Return all that is left."""
        return self.read(len(self._data) - self._at)

    def end(self) -> None:
        """ProtocolError: bytes are left over."""
        if self._at != len(self._data):
            raise ProtocolError("content is followed by more")
