"""Key agreement refuses what contributes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.primitives.agreement import AGREED_BYTES, require_usable, shared_secret
from protocol.primitives.sealed_box import public_of

SMALL_ORDER = (
    bytes(32),
    bytes([1]) + bytes(31),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),  # p - 1
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),  # of order 8
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),  # of order 8
)
SECRETS = st.binary(min_size=32, max_size=32)


@given(SECRETS, SECRETS)
def test_both_sides_agree(ours: bytes, theirs: bytes) -> None:
    agreed = shared_secret(ours, public_of(theirs))
    assert agreed == shared_secret(theirs, public_of(ours))
    assert len(agreed) == AGREED_BYTES


def test_the_result_is_that_of_rfc_7748() -> None:
    secret = bytes.fromhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
    public = bytes.fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
    agreed = bytes.fromhex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    assert shared_secret(secret, public) == agreed


@pytest.mark.parametrize("point", SMALL_ORDER, ids=lambda point: point.hex()[:8])
def test_points_of_small_order_are_refused_whatever_the_secret(point: bytes) -> None:
    for secret in (bytes(range(32)), bytes([255]) * 32):
        with pytest.raises(ProtocolError, match="small order"):
            shared_secret(secret, point)
    with pytest.raises(ProtocolError, match="small order"):
        require_usable(public_of(bytes(range(32))), point)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ProtocolError, match="32 bytes"):
        shared_secret(bytes(range(32)), bytes([9]) * size)
    with pytest.raises(ValueError, match="secret is 32"):
        shared_secret(bytes([9]) * size, public_of(bytes(range(32))))


def test_good_keys_are_usable() -> None:
    require_usable(*(public_of(bytes([number]) * 32) for number in range(1, 9)))
