"""The lasting secrets of a relay, as values: what its files hold and its core works with.

Invariant: no secret is shown by `repr`.
Spec: docs/operators.md, Files.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from protocol.seams import RelayId


@dataclass(frozen=True, slots=True)
class RelayKeys:
    """The two lasting secrets of a relay and its number in the roster.

    identity_secret: 32-byte Ed25519 seed. door_secret: 96 bytes of a
    hybrid box. The roster holds the public halves, of the ML-KEM key its hash.
    """

    identity_secret: bytes = field(repr=False)
    door_secret: bytes = field(repr=False)
    number: RelayId


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """The community's access secrets (32 bytes each) by epoch, as the operator's key file gave them.

    Only the newest two are used. Later ones come out of later rosters and are kept in the store.
    """

    secrets: Mapping[int, bytes] = field(repr=False)
