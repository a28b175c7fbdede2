"""TLS of a relay: its self-signed certificate, the pin that the roster carries, and the server's context.

Each POST is a TLS 1.3 connection of its own, without tickets (Spec: docs/protocol.md, Transport): nothing ties two
connections of a client together. The pin is SHA-256 of the certificate's DER bytes; 32 zero bytes in a roster mean that
the ordinary check by certificate authorities applies.
Decision 11.
"""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from protocol.seams import Entropy
from relay.errors import FileProblem
from relay.home.files import read_file

PIN_BYTES = 32
ORDINARY_CHECK = bytes(PIN_BYTES)
CERTIFICATE_DAYS = 3650
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_DAY_S = 86400


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, both PEM, and the pin."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)
    pin: bytes


def make_certificate(host: str, now: float, entropy: Entropy) -> Certificate:
    """A self-signed EC P-256 certificate for `host`, valid from a day before `now` for ten years."""
    # 64 more bits than the order: the bias of the remainder is below 2^-64.
    key = ec.derive_private_key(1 + int.from_bytes(entropy(40), "big") % (_P256_ORDER - 1), ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    start = datetime.fromtimestamp(now // _DAY_S * _DAY_S - _DAY_S, UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1 + int.from_bytes(entropy(16), "big"))
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    return Certificate(
        certificate.public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        pin_of(certificate.public_bytes(Encoding.DER)),
    )


def pin_of(certificate_der: bytes) -> bytes:
    """SHA-256 of the DER bytes."""
    digest = Hash(SHA256())
    digest.update(certificate_der)
    return digest.finalize()


def read_certificate(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file; FileProblem when it is none."""
    try:
        return x509.load_pem_x509_certificate(read_file(path))
    except ValueError:
        raise FileProblem(f"{path} is not a PEM certificate; nothing was changed; put the right file back.") from None


def pin_of_file(path: Path) -> bytes:
    """The pin of the first certificate of a PEM file."""
    return pin_of(read_certificate(path).public_bytes(Encoding.DER))


def days_left(path: Path, now: float) -> int:
    """Whole days until the certificate of `path` expires; negative afterwards."""
    return int((read_certificate(path).not_valid_after_utc.timestamp() - now) // _DAY_S)


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.3 alone, no session tickets, no compression, no client certificates."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError):
        raise FileProblem(
            f"{certificate} and {key} do not belong together or cannot be read; the relay was not started."
        ) from None
    return context


def client_context() -> ssl.SSLContext:
    """For links: TLS 1.3 alone, with the ordinary check of names and authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.options |= ssl.OP_NO_TICKET
    return context


def pinned_client_context() -> ssl.SSLContext:
    """For links to a pinned peer: TLS 1.3, where the pin takes the place of names and authorities."""
    context = client_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
