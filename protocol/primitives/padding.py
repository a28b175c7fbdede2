"""Zero padding to a fixed size, checked on the way back so that every plaintext has exactly one encoding.

Padding is always inside an encryption; nobody outside learns where content ends.

Spec: docs/protocol.md, Conventions.
"""

from protocol.errors import ProtocolError


def pad_zero(data: bytes, size: int) -> bytes:
    """Return `data` followed by zeros, `size` bytes in all. ValueError (our bug): it does not fit."""
    if len(data) > size:
        raise ValueError("content is larger than its field")
    return data.ljust(size, b"\0")


def unpad_zero(padded: bytes, length: int) -> bytes:
    """Return the first `length` bytes. ProtocolError: fewer are there, or a byte of the rest is not zero."""
    if not 0 <= length <= len(padded):
        raise ProtocolError("content length exceeds its field")
    require_zero(padded[length:])
    return padded[:length]


def require_zero(padding: bytes) -> None:
    """ProtocolError: a byte is not zero."""
    if padding.count(0) != len(padding):
        raise ProtocolError("padding is not zero")
