"""Sealing opens with the same key and data only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt

from protocol.errors import ProtocolError
from protocol.primitives import aead
from protocol.seams import SeededEntropy

KEY = bytes(range(32))


@given(st.binary(max_size=200), st.binary(max_size=40), st.binary(min_size=32, max_size=32))
def test_sealed_text_opens_again(plaintext: bytes, aad: bytes, seed: bytes) -> None:
    sealed = aead.seal(KEY, plaintext, aad, SeededEntropy(seed))
    assert len(sealed) == len(plaintext) + aead.AEAD_OVERHEAD
    assert aead.open_sealed(KEY, sealed, aad) == plaintext


def test_nonce_is_in_front_of_libsodium_ciphertext() -> None:
    sealed = aead.seal(KEY, b"letter", b"data", SeededEntropy(bytes(32)))
    assert sealed[:24] == SeededEntropy(bytes(32))(24)
    assert crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[24:], b"data", sealed[:24], KEY) == b"letter"


@given(st.integers(0, 8 * 46 - 1))
def test_one_altered_bit_is_rejected(bit: int) -> None:
    sealed = bytearray(aead.seal(KEY, b"letter", b"", SeededEntropy(bytes(32))))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ProtocolError):
        aead.open_sealed(KEY, bytes(sealed), b"")


def test_other_key_or_data_is_rejected() -> None:
    sealed = aead.seal(KEY, b"letter", b"data", SeededEntropy(bytes(32)))
    for key, aad in ((bytes(32), b"data"), (KEY, b"Data"), (KEY, b"")):
        with pytest.raises(ProtocolError):
            aead.open_sealed(key, sealed, aad)


@given(st.binary(max_size=100))
def test_arbitrary_bytes_are_only_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        aead.open_sealed(KEY, data, b"")
