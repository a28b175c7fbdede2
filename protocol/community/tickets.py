"""One-use tickets that admit a newcomer at the two entry relays of an invitation.

Layout (96 bytes): serial 16 | relay u8 | relay u8 | expiry day u16 | signature 64 | zeros 12, signed by one of the
desk keys of the roster. A relay keeps only the mark of a spent serial, until the ticket's expiry.
Spec: docs/protocol.md, Admission.
Decision 8.
"""

import struct
from dataclasses import dataclass
from typing import Final

from protocol.community.roster import Roster
from protocol.errors import ProtocolError
from protocol.primitives.kdf import derive
from protocol.primitives.padding import pad_zero, require_zero
from protocol.primitives.signing import SIGNATURE_BYTES, check_signature, sign
from protocol.seams import Entropy, RelayId
from protocol.sizes import PASS_BYTES

TICKET_BYTES: Final = PASS_BYTES
SERIAL_BYTES: Final = 16
_SIGNED: Final = struct.Struct(">16sBBH")
_LABEL: Final = b"sosik ticket"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as parsed; nothing is checked yet. With one entry relay both numbers are the same."""

    serial: bytes
    relays: tuple[RelayId, RelayId]
    expiry_day: int
    signature: bytes

    def encode(self) -> bytes:
        """Return the 96 bytes."""
        return pad_zero(_signed(self.serial, self.relays, self.expiry_day) + self.signature, TICKET_BYTES)


def make_ticket(
    desk_secret: bytes, community_key: bytes, relays: tuple[RelayId, RelayId], expiry_day: int, entropy: Entropy
) -> Ticket:
    """Return a new ticket, signed with the 32-byte seed of a desk key. `expiry_day` is its last UTC day."""
    serial = entropy(SERIAL_BYTES)
    signature = sign(desk_secret, _LABEL, community_key + _signed(serial, relays, expiry_day))
    return Ticket(serial, relays, expiry_day, signature)


def parse_ticket(data: bytes) -> Ticket:
    """Read 96 bytes. Raises ProtocolError: length or padding."""
    if len(data) != TICKET_BYTES:
        raise ProtocolError("a ticket has the wrong length")
    end = _SIGNED.size + SIGNATURE_BYTES
    require_zero(data[end:])
    serial, first, second, expiry_day = _SIGNED.unpack_from(data)
    return Ticket(serial, (RelayId(first), RelayId(second)), expiry_day, data[_SIGNED.size : end])


def check_ticket(data: bytes, roster: Roster, relay: RelayId, today: int) -> bytes:
    """Return the 16-byte serial of a ticket that admits at `relay` on the UTC day `today`, if it is not spent yet.

    Raises ProtocolError: encoding, another relay, expired, or not signed by a desk key of the roster.
    """
    ticket = parse_ticket(data)
    if relay not in ticket.relays:
        raise ProtocolError("a ticket is for other relays")
    if today > ticket.expiry_day:
        raise ProtocolError("a ticket has expired")
    message = roster.community_key + _signed(ticket.serial, ticket.relays, ticket.expiry_day)
    for desk_key in roster.desk_keys:
        try:
            check_signature(desk_key, _LABEL, message, ticket.signature)
        except ProtocolError:
            continue
        return ticket.serial
    raise ProtocolError("a ticket is not signed by a desk of this community")


def spent_mark(serial: bytes) -> bytes:
    """Return the 16 bytes a relay keeps of a spent ticket: a hash, so that its disk matches no invitation."""
    return derive(b"sosik spent", serial, size=16)


def _signed(serial: bytes, relays: tuple[RelayId, RelayId], expiry_day: int) -> bytes:
    return _SIGNED.pack(serial, relays[0], relays[1], expiry_day)
