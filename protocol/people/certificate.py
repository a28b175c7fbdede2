"""Helper certificates: the community key says who may introduce two people, until when.

Bytes: serial 16 | helper key 32 | expiry day u16 | name (length u8, bytes) | signature 64 by the community key.
Invariant: a certificate says nothing about family members and opens nothing; one that has expired, or whose serial the
roster lists as revoked, introduces nobody. Whoever holds no roster yet cannot check, and refuses.

Spec: docs/protocol.md, Helper certificates.
"""

from dataclasses import dataclass
from typing import Final

from protocol.community.roster import SERIAL_BYTES, Roster
from protocol.errors import ProtocolError
from protocol.people.card_name import check_name, parse_name
from protocol.primitives.codec import Reader
from protocol.primitives.signing import SIGNATURE_BYTES, VERIFY_KEY_BYTES, check_signature, sign
from protocol.seams import Entropy

CERTIFICATE_DAYS: Final = 365
"""How long a certificate is good for unless its maker says otherwise."""
_LABEL: Final = b"sosik helper"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as parsed; nothing is checked yet. `name`: what people see of the helper, 1..32 bytes."""

    serial: bytes
    key: bytes
    expiry_day: int
    name: str
    signature: bytes

    def encode(self) -> bytes:
        """Return the bytes."""
        return _signed(self.serial, self.key, self.expiry_day, self.name) + self.signature


class CertificateExpired(ProtocolError):
    """The certificate's last day is over."""


class CertificateRevoked(ProtocolError):
    """The roster lists the certificate as revoked."""


def make_certificate(community_secret: bytes, key: bytes, name: str, expiry_day: int, entropy: Entropy) -> Certificate:
    """Certify the helper who holds `key`. ProtocolError: the name is empty or does not fit."""
    serial = entropy(SERIAL_BYTES)
    signature = sign(community_secret, _LABEL, _signed(serial, key, expiry_day, name))
    return Certificate(serial, key, expiry_day, name, signature)


def read_certificate(reader: Reader) -> Certificate:
    """Read a certificate off the front of `reader`. ProtocolError: anything that is none."""
    serial, key, expiry_day = reader.read(SERIAL_BYTES), reader.read(VERIFY_KEY_BYTES), reader.u16()
    name = parse_name(reader.read(reader.u8()))
    if not name:
        raise ProtocolError("a helper has no name")
    return Certificate(serial, key, expiry_day, name, reader.read(SIGNATURE_BYTES))


def parse_certificate(data: bytes) -> Certificate:
    """Read what `encode` wrote. ProtocolError: anything else."""
    reader = Reader(data)
    certificate = read_certificate(reader)
    reader.end()
    return certificate


def check_certificate(certificate: Certificate, roster: Roster, today: int) -> None:
    """ProtocolError unless this certificate of the roster's community may be used on the UTC day `today`:
    CertificateExpired, CertificateRevoked, or it is not signed by the community key.
    """
    signed = _signed(certificate.serial, certificate.key, certificate.expiry_day, certificate.name)
    check_signature(roster.community_key, _LABEL, signed, certificate.signature)
    if today > certificate.expiry_day:
        raise CertificateExpired("a certificate has expired")
    if certificate.serial in {entry[2:] for entry in roster.revoked}:
        raise CertificateRevoked("a certificate was revoked")


def revocation_of(certificate: Certificate) -> bytes:
    """Return what the roster lists: expiry day u16 | serial 16."""
    return certificate.expiry_day.to_bytes(2, "big") + certificate.serial


def _signed(serial: bytes, key: bytes, expiry_day: int, name: str) -> bytes:
    check_name(name)
    if not name or len(serial) != SERIAL_BYTES or len(key) != VERIFY_KEY_BYTES or not 0 <= expiry_day <= 0xFFFE:
        raise ProtocolError("a field of a certificate is out of range")
    encoded = name.encode()
    return serial + key + expiry_day.to_bytes(2, "big") + bytes([len(encoded)]) + encoded
