"""Derivation: the bytes of libsodium's BLAKE2b, and no two inputs that hash alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings.crypto_generichash import generichash_blake2b_salt_personal

from protocol.primitives.kdf import derive

LABELS = st.binary(min_size=1, max_size=16)
PARTS = st.lists(st.binary(max_size=80), max_size=5)


@given(LABELS, PARTS, st.binary(max_size=64), st.integers(1, 64))
def test_derivation_is_keyed_personalised_blake2b(label: bytes, parts: list[bytes], key: bytes, size: int) -> None:
    data = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    expected = generichash_blake2b_salt_personal(data, digest_size=size, key=key, person=label)
    assert derive(label, *parts, key=key, size=size) == expected


@given(PARTS, PARTS)
def test_different_parts_never_derive_alike(one: list[bytes], other: list[bytes]) -> None:
    assert (derive(b"test", *one) == derive(b"test", *other)) == (one == other)


def test_label_key_and_size_all_count() -> None:
    base = derive(b"a", b"x")
    assert base != derive(b"b", b"x")
    assert base != derive(b"a", b"x", key=b"k")
    assert base[:16] != derive(b"a", b"x", size=16)


@pytest.mark.parametrize(
    ("label", "key", "size"), [(b"", b"", 32), (b"x" * 17, b"", 32), (b"x", b"k" * 65, 32), (b"x", b"", 65)]
)
def test_impossible_parameters_are_a_bug_of_the_caller(label: bytes, key: bytes, size: int) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - hashlib words it
        derive(label, b"", key=key, size=size)
