"""A relay's certificate is made from what it is given, pinned by its bytes, and served by TLS 1.3 alone."""

import ssl
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509

from protocol.seams import SeededEntropy
from relay.errors import FileProblem
from relay.home.tls import (
    CERTIFICATE_DAYS,
    Certificate,
    client_context,
    days_left,
    make_certificate,
    pin_of_file,
    pinned_client_context,
    read_certificate,
    server_context,
)

NOW = 1_800_000_000.0
DAY_S = 86_400


def made(host: str = "relay.example.org", seed: bytes = b"t") -> Certificate:
    return make_certificate(host, NOW, SeededEntropy(seed.ljust(32)))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    certificate = made()
    paths = tmp_path / "tls.crt", tmp_path / "tls.key"
    for path, data in zip(paths, (certificate.certificate_pem, certificate.key_pem), strict=True):
        path.write_bytes(data)
        path.chmod(0o600)
    return paths


@pytest.mark.parametrize("host", ["relay.example.org", "192.0.2.7", "2001:db8::7"])
def test_a_certificate_names_its_host_alone(host: str) -> None:
    certificate = x509.load_pem_x509_certificate(made(host).certificate_pem)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == [host]
    assert certificate.subject == certificate.issuer


def test_each_certificate_has_a_key_of_its_own_and_the_same_draws_give_the_same_key() -> None:
    assert made().key_pem == made().key_pem
    assert made().key_pem != made(seed=b"u").key_pem
    assert made().pin != made(seed=b"u").pin


def test_the_key_is_not_shown() -> None:
    assert "PRIVATE" not in repr(made())


def test_a_certificate_lasts_ten_years_from_a_day_before(files: tuple[Path, Path]) -> None:
    certificate = read_certificate(files[0])
    assert certificate.not_valid_before_utc.timestamp() == NOW // DAY_S * DAY_S - DAY_S
    assert days_left(files[0], NOW) == CERTIFICATE_DAYS - 2  # what is left of today does not count
    assert days_left(files[0], NOW + CERTIFICATE_DAYS * DAY_S) < 0


def test_the_pin_is_the_hash_of_what_is_served(files: tuple[Path, Path]) -> None:
    certificate = made()
    files[0].write_bytes(certificate.certificate_pem)
    der = ssl.PEM_cert_to_DER_cert(files[0].read_text("ascii"))
    assert pin_of_file(files[0]) == certificate.pin == sha256(der).digest()


def test_what_is_no_certificate_is_told(tmp_path: Path) -> None:
    (tmp_path / "tls.crt").write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n")
    with pytest.raises(FileProblem, match="not a PEM certificate"):
        read_certificate(tmp_path / "tls.crt")


def test_a_key_of_another_certificate_is_told(files: tuple[Path, Path]) -> None:
    files[1].write_bytes(made(seed=b"u").key_pem)
    with pytest.raises(FileProblem, match="do not belong together"):
        server_context(*files)


def test_only_tls_1_3_is_spoken_without_tickets_and_compression(files: tuple[Path, Path]) -> None:
    server = server_context(*files)
    assert server.num_tickets == 0
    assert server.options & ssl.OP_NO_COMPRESSION
    for context in (server, client_context(), pinned_client_context()):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_3
        assert context.options & ssl.OP_NO_TICKET


def test_names_and_authorities_are_checked_unless_a_pin_takes_their_place() -> None:
    assert (client_context().check_hostname, client_context().verify_mode) == (True, ssl.CERT_REQUIRED)
    assert (pinned_client_context().check_hostname, pinned_client_context().verify_mode) == (False, ssl.CERT_NONE)
