"""Healing parts: one encoding, and room only where a letter leaves some."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.letters.healing_part import MAX_PART_BYTES, Answer, HealingPart, Offer
from protocol.letters.letter import FRAGMENT_BYTES, CellContent, Fragment, encode_content, has_room, parse_content
from protocol.primitives.kem import KEM_CIPHERTEXT_BYTES, KEM_PUBLIC_BYTES
from protocol.streams.pigeonhole import MAX_GENERATION

PARTS: list[HealingPart] = [
    Offer(1, 2900, bytes([7]) * KEM_PUBLIC_BYTES),
    Offer(MAX_GENERATION, 0xFFFFFFFF, bytes(KEM_PUBLIC_BYTES)),
    Answer(3, bytes([9]) * KEM_CIPHERTEXT_BYTES, bytes(range(16))),
]


@pytest.mark.parametrize("part", PARTS)
@given(size=st.one_of(st.just(0), st.integers(1, FRAGMENT_BYTES)))
def test_a_part_goes_into_what_a_letter_leaves_free(part: HealingPart, size: int) -> None:
    fragment = Fragment(4, 0, 1, bytes([1]) * size) if size else None
    content = CellContent(oldest_letter=4, fragment=fragment, oldest_generation=2, healing=part)
    assert has_room(fragment) is (size <= FRAGMENT_BYTES - MAX_PART_BYTES)
    if has_room(fragment):
        assert parse_content(encode_content(content)) == content
    elif size > FRAGMENT_BYTES - len(part.encode()):
        with pytest.raises(ValueError, match="larger than its field"):
            encode_content(content)


def test_parts_that_nobody_sends_are_refused() -> None:
    with pytest.raises(ProtocolError):
        Offer(0, 1, bytes(KEM_PUBLIC_BYTES))
    with pytest.raises(ProtocolError):
        Offer(1, 1, bytes(KEM_PUBLIC_BYTES - 1))
    with pytest.raises(ProtocolError):
        Answer(1, bytes(KEM_CIPHERTEXT_BYTES), bytes(15))
    with pytest.raises(ProtocolError):
        Answer(MAX_GENERATION + 1, bytes(KEM_CIPHERTEXT_BYTES), bytes(16))
