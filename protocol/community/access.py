"""The access secret of a community: who may make exchanges without a ticket.

A new secret travels in the roster under the one before it. Relays accept the last two, so that a client that has not
read the newest roster yet is not shut out. Every member has the same secret: it names nobody.
Spec: docs/protocol.md, Admission.
"""

import hmac
from dataclasses import dataclass, field
from typing import Final

from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.primitives import aead
from protocol.primitives.kdf import derive
from protocol.seams import Entropy

ACCESS_BYTES: Final = 32


def wrap_access(community_key: bytes, epoch: int, new: bytes, old: bytes, entropy: Entropy) -> bytes:
    """Return the 72-byte access box of `epoch`: the secret `new` sealed under the secret `old` of the epoch before."""
    if len(new) != ACCESS_BYTES or len(old) != ACCESS_BYTES:
        raise ValueError("an access secret has 32 bytes")
    return aead.seal(_box_key(old), new, _aad(community_key, epoch), entropy)


def unwrap_access(roster: Roster, old: bytes) -> bytes:
    """Return the access secret of the roster's epoch from the secret of the epoch before.

    Raises ProtocolError: the box is empty, or not under `old`.
    """
    return aead.open_sealed(_box_key(old), roster.access_box, _aad(roster.community_key, roster.access_epoch))


@dataclass(frozen=True, slots=True)
class AccessSecrets:
    """The last two access secrets as a relay holds them; `before` is None in the first epoch a relay knows."""

    epoch: int
    current: bytes = field(repr=False)
    before: bytes | None = field(repr=False)

    def check(self, presented: bytes) -> int:
        """Return the epoch of a presented 32-byte secret. Raises ProtocolError: neither of the two."""
        if hmac.compare_digest(presented, self.current):
            return self.epoch
        if self.before is not None and hmac.compare_digest(presented, self.before):
            return self.epoch - 1
        raise ProtocolError("the access secret is not accepted")

    def follow(self, roster: Roster) -> "AccessSecrets":
        """Return the secrets after adopting a roster of the same epoch or the next one. Raises ProtocolError."""
        if roster.access_epoch == self.epoch:
            return self
        if roster.access_epoch != self.epoch + 1:
            raise ProtocolError("an access epoch is missing")
        return AccessSecrets(roster.access_epoch, unwrap_access(roster, self.current), self.current)


def _box_key(old: bytes) -> bytes:
    return derive(b"sosik access", old)


def _aad(community_key: bytes, epoch: int) -> bytes:
    return community_key + epoch.to_bytes(2, "big")
