"""Fixed layouts are read strictly: every field is there, and nothing follows the last one."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.primitives.codec import Reader

NUMBERS: dict[int, Callable[[Reader], int]] = {1: Reader.u8, 2: Reader.u16, 4: Reader.u32, 8: Reader.u64}


@given(st.data(), st.sampled_from(sorted(NUMBERS)))
def test_numbers_are_big_endian(data: st.DataObject, size: int) -> None:
    value = data.draw(st.integers(0, 256**size - 1))
    reader = Reader(value.to_bytes(size, "big"))
    assert NUMBERS[size](reader) == value
    reader.end()


@pytest.mark.parametrize("size", NUMBERS)
def test_a_number_that_ends_early_is_refused(size: int) -> None:
    with pytest.raises(ProtocolError, match="ends early"):
        NUMBERS[size](Reader(bytes(size - 1)))


@given(st.binary(max_size=40), st.lists(st.integers(0, 12), max_size=8))
def test_fields_follow_each_other_and_the_rest_is_what_is_left(data: bytes, sizes: list[int]) -> None:
    reader, at = Reader(data), 0
    for size in sizes:
        if at + size > len(data):
            with pytest.raises(ProtocolError, match="ends early"):
                reader.read(size)
        else:
            assert reader.read(size) == data[at : at + size]
            at += size
    assert reader.rest() == data[at:]
    assert reader.rest() == b""
    reader.end()


def test_bytes_after_the_last_field_are_refused() -> None:
    reader = Reader(b"\1\2")
    reader.u8()
    with pytest.raises(ProtocolError, match="followed by more"):
        reader.end()


def test_a_flag_is_0_or_1() -> None:
    assert [Reader(bytes([value])).flag() for value in (0, 1)] == [False, True]
    for value in (2, 255):
        with pytest.raises(ProtocolError, match="neither 0 nor 1"):
            Reader(bytes([value])).flag()


def test_another_version_is_refused() -> None:
    Reader(b"\3").version(3)
    for other in (b"\2", b"\4", b""):
        with pytest.raises(ProtocolError):
            Reader(other).version(3)
