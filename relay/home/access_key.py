"""access.key: the community's newest access secrets, as the roster maker hands them to each relay.

Bytes: version u8 = 1 | count u8 (1 or 2) | count times (epoch u16 | secret 32), epochs ascending and consecutive.
"""

import struct
from pathlib import Path

from relay.errors import FileProblem
from relay.home.files import read_private
from relay.secrets import AccessKeys

_VERSION = 1
_HEAD = struct.Struct(">BB")
_ENTRY = struct.Struct(">H32s")


def encode_access(access: AccessKeys) -> bytes:
    """The bytes of the file: the newest two secrets."""
    newest = sorted(access.secrets.items())[-2:]
    return _HEAD.pack(_VERSION, len(newest)) + b"".join(_ENTRY.pack(epoch, secret) for epoch, secret in newest)


def read_access(path: Path) -> AccessKeys:
    """Read the file. FileProblem when others may read it or it is damaged."""
    data = read_private(path)
    secrets: dict[int, bytes] = dict(_ENTRY.iter_unpack(data[2:])) if len(data) % _ENTRY.size == _HEAD.size else {}
    access = AccessKeys(secrets)
    if not secrets or max(secrets) - min(secrets) + 1 != len(secrets) or encode_access(access) != data:
        raise FileProblem(f"{path} is damaged; nothing was changed; copy it again from the roster maker.")
    return access
