"""ML-KEM-768: a ciphertext opens for its key alone, and nothing that a stranger sends is more than a ProtocolError."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.primitives.kem import (
    KEM_CIPHERTEXT_BYTES,
    KEM_PUBLIC_BYTES,
    KEM_SECRET_BYTES,
    KEM_SEED_BYTES,
    KemKey,
    encapsulate,
    require_kem_keys,
)

KEY = KemKey(b"kem tests".ljust(KEM_SEED_BYTES))
MADE = encapsulate(KEY.public)


def test_owner_makes_the_secret_of_the_ciphertext() -> None:
    assert len(KEY.public) == KEM_PUBLIC_BYTES
    assert len(MADE.ciphertext) == KEM_CIPHERTEXT_BYTES
    assert len(MADE.secret) == KEM_SECRET_BYTES
    assert KEY.decapsulate(MADE.ciphertext) == MADE.secret
    assert KemKey(b"kem tests".ljust(KEM_SEED_BYTES)).public == KEY.public


def test_every_encapsulation_has_a_secret_of_its_own() -> None:
    assert len({encapsulate(KEY.public).secret for _ in range(20)} | {MADE.secret}) == 21


@given(st.integers(0, 8 * KEM_CIPHERTEXT_BYTES - 1))
def test_altered_ciphertext_gives_another_secret_and_no_error(bit: int) -> None:
    altered = bytearray(MADE.ciphertext)
    altered[bit // 8] ^= 1 << bit % 8
    assert KEY.decapsulate(bytes(altered)) not in (MADE.secret, KEY.decapsulate(bytes(KEM_CIPHERTEXT_BYTES)))


def test_another_key_makes_another_secret() -> None:
    assert KemKey(bytes(KEM_SEED_BYTES)).decapsulate(MADE.ciphertext) != MADE.secret


@given(st.binary(max_size=100) | st.sampled_from([1087, 1089, 1184]).map(bytes))
def test_ciphertext_of_another_size_is_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        KEY.decapsulate(data)


@pytest.mark.parametrize(
    "public", [b"", bytes(1183), bytes(1185), b"\xff" * KEM_PUBLIC_BYTES, b"\x01\x0d\x00" + KEY.public[3:]]
)
def test_public_key_of_wrong_size_or_with_a_number_that_is_not_reduced_is_refused(public: bytes) -> None:
    """The last one begins with 3329, the modulus itself."""
    for use in (encapsulate, require_kem_keys):
        with pytest.raises(ProtocolError):
            use(public)


def test_the_largest_reduced_number_is_taken() -> None:
    require_kem_keys(b"\x00\x0d\x00" + KEY.public[3:], KEY.public)


@pytest.mark.parametrize("size", [0, 32, 63, 65])
def test_seed_of_another_size_is_a_bug_of_the_caller(size: int) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        KemKey(bytes(size))
