"""Handovers: what a QR of it holds and a name, in one form."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.handover import Handover, encode_handover, parse_handover
from protocol.people.introduction import SealedAnswer, encode_passed

PASSED = SealedAnswer(bytes(range(32)), bytes(range(200)))


@pytest.mark.parametrize("name", ["", "동생", "José", "가" * 10])
def test_a_handover_comes_back_and_holds_the_bytes_of_its_qr(name: str) -> None:
    handover = Handover(name, PASSED)
    body = encode_handover(handover)
    assert parse_handover(body) == handover
    assert body == bytes([len(name.encode())]) + name.encode() + encode_passed(handover.passed)


@pytest.mark.parametrize("name", ["가" * 11, "a\nb", " a"])
def test_a_name_that_is_none_is_refused_on_both_ways(name: str) -> None:
    with pytest.raises(ProtocolError):
        Handover(name, PASSED)
    with pytest.raises(ProtocolError):
        parse_handover(bytes([len(name.encode())]) + name.encode() + encode_passed(PASSED))


def test_what_is_cut_short_or_followed_by_more_is_refused() -> None:
    body = encode_handover(Handover("동생", PASSED))
    for other in (b"", body[:1], body[:-1], body + b"\0", b"\xff" + body[1:]):
        with pytest.raises(ProtocolError):
            parse_handover(other)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_encode_to_themselves(data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        assert encode_handover(parse_handover(data)) == data
