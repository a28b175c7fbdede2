"""Padding has one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.primitives.padding import pad_zero, require_zero, unpad_zero


@given(st.binary(max_size=50), st.integers(0, 50))
def test_padded_content_comes_back(data: bytes, more: int) -> None:
    padded = pad_zero(data, len(data) + more)
    assert len(padded) == len(data) + more
    assert unpad_zero(padded, len(data)) == data


@given(st.binary(max_size=40), st.integers(-5, 60))
def test_whatever_unpads_pads_to_the_same_bytes(padded: bytes, length: int) -> None:
    try:
        data = unpad_zero(padded, length)
    except ProtocolError:
        assert not 0 <= length <= len(padded) or any(padded[length:])
    else:
        assert pad_zero(data, len(padded)) == padded


def test_content_larger_than_its_field_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="larger"):
        pad_zero(b"abc", 2)


def test_any_byte_but_zero_is_rejected() -> None:
    require_zero(b"")
    require_zero(bytes(9))
    with pytest.raises(ProtocolError):
        require_zero(bytes(8) + b"\1")
