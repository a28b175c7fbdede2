"""Sealed boxes are libsodium's, and neither altered boxes nor strange keys do more than a ProtocolError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey, PublicKey, SealedBox

from protocol.errors import ProtocolError
from protocol.primitives import sealed_box
from protocol.seams import SeededEntropy

ENTROPY = SeededEntropy(b"sealed box tests".ljust(32))
SECRET, PUBLIC = sealed_box.keypair(ENTROPY)
OTHER_SECRET, OTHER_PUBLIC = sealed_box.keypair(ENTROPY)

P = 2**255 - 19
# The points of small order on Curve25519 and its twist, with their non-canonical forms (as libsodium lists them).
SMALL_ORDER = [
    value.to_bytes(32, "little")
    for value in (
        0,
        1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
        P - 1,
        P,
        P + 1,
    )
]


@given(st.binary(max_size=300))
def test_libsodium_opens_our_box(plaintext: bytes) -> None:
    box = sealed_box.seal(PUBLIC, plaintext, ENTROPY)
    assert len(box) == len(plaintext) + sealed_box.BOX_OVERHEAD
    assert SealedBox(PrivateKey(SECRET)).decrypt(box) == plaintext


@given(st.binary(max_size=300))
def test_we_open_libsodium_s_box(plaintext: bytes) -> None:
    box = SealedBox(PublicKey(PUBLIC)).encrypt(plaintext)
    assert sealed_box.open_box(SECRET, box) == plaintext
    assert sealed_box.open_box(sealed_box.OpeningKey.of(SECRET), box) == plaintext


def test_public_key_is_libsodium_s() -> None:
    assert PublicKey(PUBLIC) == PrivateKey(SECRET).public_key
    assert sealed_box.OpeningKey.of(SECRET).public == PUBLIC


def test_secret_is_not_shown() -> None:
    assert SECRET.hex() not in repr(sealed_box.OpeningKey.of(SECRET))
    assert repr(SECRET) not in repr(sealed_box.OpeningKey.of(SECRET))


BOX = sealed_box.seal(PUBLIC, b"letter", ENTROPY)


@given(st.integers(0, 8 * len(BOX) - 1))
def test_altered_box_is_rejected_and_has_another_tag(bit: int) -> None:
    altered = bytearray(BOX)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        sealed_box.open_box(SECRET, bytes(altered))
    assert sealed_box.box_tag(bytes(altered)) != sealed_box.box_tag(BOX)


def test_tag_is_16_bytes_of_the_box_alone() -> None:
    assert len(sealed_box.box_tag(BOX)) == sealed_box.BOX_TAG_BYTES
    assert sealed_box.box_tag(BOX) == sealed_box.box_tag(bytes(BOX))


def test_ephemeral_key_with_its_ignored_bit_set_is_rejected() -> None:
    """X25519 ignores the top bit of a point; were the nonce not over it, a box would have a twin that opens."""
    twin = BOX[:31] + bytes([BOX[31] ^ 0x80]) + BOX[32:]
    with pytest.raises(ProtocolError):
        sealed_box.open_box(SECRET, twin)


@pytest.mark.parametrize("high_bit", [0, 0x80])
@pytest.mark.parametrize("point", SMALL_ORDER)
def test_key_of_small_order_is_refused(point: bytes, high_bit: int) -> None:
    point = point[:31] + bytes([point[31] | high_bit])
    with pytest.raises(ProtocolError):
        sealed_box.seal(point, b"letter", ENTROPY)
    with pytest.raises(ProtocolError):
        sealed_box.open_box(SECRET, point + BOX[32:])


@pytest.mark.parametrize("size", [0, 31, 33])
def test_key_of_wrong_size_is_refused(size: int) -> None:
    with pytest.raises(ProtocolError):
        sealed_box.seal(bytes(size), b"letter", ENTROPY)
    with pytest.raises(ValueError, match="32 bytes"):
        sealed_box.public_of(bytes(size))


def test_keys_are_tried_in_order() -> None:
    assert sealed_box.find_open([OTHER_SECRET, SECRET], BOX) == (1, b"letter")
    assert sealed_box.find_open([sealed_box.OpeningKey.of(SECRET), OTHER_SECRET], BOX) == (0, b"letter")
    assert sealed_box.find_open([OTHER_SECRET], BOX) is None
    assert sealed_box.find_open([], BOX) is None


@given(st.binary(max_size=150))
def test_arbitrary_bytes_are_only_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        sealed_box.open_box(SECRET, data)
    assert sealed_box.find_open([SECRET, OTHER_SECRET], data) is None


def test_same_entropy_makes_the_same_box() -> None:
    boxes = {sealed_box.seal(PUBLIC, b"letter", SeededEntropy(bytes(32))) for _ in range(2)}
    assert len(boxes) == 1
