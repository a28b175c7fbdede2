"""Helper certificates: good until their day is over or the roster revokes them, and for their community only."""

import msgspec
import pytest

from protocol.community.roster import Roster, check_later, parse_roster, roster_hash
from protocol.errors import ProtocolError
from protocol.people.certificate import (
    CertificateExpired,
    CertificateRevoked,
    check_certificate,
    make_certificate,
    parse_certificate,
    revocation_of,
)
from protocol.primitives.signing import verify_key_of
from protocol.seams import SeededEntropy
from tests.kits.communities import COMMUNITY_KEY, COMMUNITY_SECRET, TODAY, make_roster, signed

KEY = verify_key_of(b"h" * 32)
CERTIFICATE = make_certificate(COMMUNITY_SECRET, KEY, "온누리 쉼터", TODAY + 10, SeededEntropy(b"c" * 32))


def later(roster: Roster, *revoked: bytes, issued_day: int = TODAY) -> Roster:
    return msgspec.structs.replace(
        roster, version=roster.version + 1, previous=roster_hash(roster), revoked=revoked, issued_day=issued_day
    )


def test_certificate_is_good_through_its_last_day() -> None:
    roster = make_roster()
    check_certificate(parse_certificate(CERTIFICATE.encode()), roster, TODAY + 10)
    with pytest.raises(CertificateExpired):
        check_certificate(CERTIFICATE, roster, TODAY + 11)


def test_revoked_certificate_is_refused() -> None:
    roster = later(make_roster(), revocation_of(CERTIFICATE))
    with pytest.raises(CertificateRevoked):
        check_certificate(CERTIFICATE, roster, TODAY)


def test_certificate_of_another_community_is_refused() -> None:
    other = make_certificate(b"x" * 32, KEY, "온누리 쉼터", TODAY + 10, SeededEntropy(b"c" * 32))
    with pytest.raises(ProtocolError):
        check_certificate(other, make_roster(), TODAY)


@pytest.mark.parametrize("place", [0, 20, 49, 52, 70, 120])
def test_altered_certificate_is_refused(place: int) -> None:
    data = bytearray(CERTIFICATE.encode())
    data[place] ^= 1
    with pytest.raises(ProtocolError):
        check_certificate(parse_certificate(bytes(data)), make_roster(), TODAY)


def test_certificate_needs_a_name() -> None:
    with pytest.raises(ProtocolError):
        make_certificate(COMMUNITY_SECRET, KEY, "", TODAY, SeededEntropy(b"c" * 32))


def test_roster_with_revoked_certificates_has_one_form_and_without_them_the_old_one() -> None:
    one, two = b"\x50\x40" + bytes(16), b"\x50\x41" + bytes(16)
    roster = later(make_roster(), one, two)
    assert parse_roster(signed(roster).data, COMMUNITY_KEY) == roster
    assert b"revoked" not in signed(make_roster()).data
    for wrong in ((two, one), (one, one)):
        with pytest.raises(ValueError, match="ascending"):
            later(make_roster(), *wrong)


def test_revocation_stays_until_the_certificate_has_expired() -> None:
    entry = revocation_of(CERTIFICATE)
    old = later(make_roster(), entry)
    check_later(later(old, entry), old)
    with pytest.raises(ProtocolError):
        check_later(later(old), old)
    check_later(later(old, issued_day=TODAY + 11), old)
