"""The access secret: handed on under the one before, the last two accepted. See docs/protocol.md, "Admission"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from protocol.community.access import AccessSecrets, unwrap_access, wrap_access
from protocol.community.roster import ACCESS_BOX_BYTES, Roster, roster_hash
from protocol.errors import ProtocolError
from protocol.seams import SeededEntropy
from tests.kits.communities import COMMUNITY_KEY, make_roster, signed

SECRETS = [bytes([number]) * 32 for number in range(4)]


def _rotated(old: Roster, epoch: int) -> Roster:
    box = wrap_access(COMMUNITY_KEY, epoch, SECRETS[epoch], SECRETS[epoch - 1], SeededEntropy(bytes(32)))
    assert len(box) == ACCESS_BOX_BYTES
    return structs.replace(old, version=old.version + 1, previous=roster_hash(old), access_epoch=epoch, access_box=box)


def test_new_access_secret_opens_under_the_one_before_only() -> None:
    roster = _rotated(make_roster(), 1)
    signed(roster)
    assert unwrap_access(roster, SECRETS[0]) == SECRETS[1]
    with pytest.raises(ProtocolError):
        unwrap_access(roster, SECRETS[1])
    with pytest.raises(ProtocolError):
        unwrap_access(make_roster(), SECRETS[0])
    with pytest.raises(ProtocolError):
        unwrap_access(structs.replace(roster, access_epoch=2), SECRETS[0])


def test_last_two_access_secrets_are_accepted() -> None:
    first = make_roster()
    second = _rotated(first, 1)
    third = _rotated(second, 2)
    access = AccessSecrets(0, SECRETS[0], None)
    assert access.follow(first) == access
    access = access.follow(second)
    assert (access.check(SECRETS[1]), access.check(SECRETS[0])) == (1, 0)
    access = access.follow(third)
    assert (access.check(SECRETS[2]), access.check(SECRETS[1])) == (2, 1)
    with pytest.raises(ProtocolError):
        access.check(SECRETS[0])
    with pytest.raises(ProtocolError):
        AccessSecrets(0, SECRETS[0], None).follow(third)


@given(st.binary(max_size=64))
def test_arbitrary_bytes_are_no_access_secret(presented: bytes) -> None:
    with pytest.raises(ProtocolError):
        AccessSecrets(1, SECRETS[1], SECRETS[0]).check(presented + b"x")


def test_an_access_secret_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        wrap_access(COMMUNITY_KEY, 1, b"", SECRETS[0], SeededEntropy(bytes(32)))
