"""Invariant 5: a stranger's bytes cause only ProtocolError - at every parser of the shared package, by whatever bytes.

The list of parsers is taken from the package itself (tests/properties/parsers.py), so that none can be forgotten.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.people.introduction import SealedAnswer, open_answer
from protocol.people.key_card import CardKind, card_hash, make_card
from protocol.primitives.sealed_box import seal
from protocol.seams import SeededEntropy
from tests.properties.parsers import LINES, PARSERS, TEXT


def test_all_parsers_are_found() -> None:
    for name in (
        "routes.exchange.parse_request",
        "routes.frames.open_batch",
        "people.key_card.parse_card",
        "board.page.parse_page",
    ):
        assert name in PARSERS
    assert len(PARSERS) > 25


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.data())
def test_invariant_5_arbitrary_bytes_raise_only_protocol_error(name: str, data: st.DataObject) -> None:
    sent: Any
    if name in TEXT:
        sent = data.draw(st.text(max_size=400))
    elif name in LINES:
        sent = data.draw(st.lists(st.text(max_size=60), max_size=5))
    else:
        sent = data.draw(st.binary(max_size=600) | sizes_that_matter())
    with suppress(ProtocolError):
        PARSERS[name](sent)


def sizes_that_matter() -> st.SearchStrategy[bytes]:
    """Bytes of the exact sizes of the wire, where more than a length check is reached, and one to either side."""
    sizes = (96, 128, 4096, 4217, 1088, 1184, 4250, 5403, 4968, 6144, 8192, 16384)

    def grown(draw: tuple[int, int, bytes]) -> bytes:
        size, shift, seed = draw
        return (seed * (size // max(len(seed), 1) + 2))[: size + shift]

    return st.tuples(st.sampled_from(sizes), st.integers(-1, 1), st.binary(min_size=1, max_size=64)).map(grown)


def valid_vectors() -> Iterator[bytes]:
    """The pinned vectors' byte strings, to be bent."""

    def strings(value: object) -> Iterator[str]:
        match value:
            case str():
                yield value
            case list():
                for item in value:
                    yield from strings(item)
            case dict():
                for item in value.values():
                    yield from strings(item)

    for path in sorted((Path(__file__).parent.parent / "vectors").glob("*.json")):
        for text in strings(json.loads(path.read_text("utf-8"))):
            with suppress(ValueError):
                if len(text) >= 32:
                    yield bytes.fromhex(text)


@given(st.binary(max_size=600))
def test_invariant_5_arbitrary_answers_to_a_card_raise_only_protocol_error(data: bytes) -> None:
    entropy = SeededEntropy(bytes(32))
    own = make_card(CardKind.INTRODUCE, "", 21_000, entropy)
    for box in (data, seal(own.card.agreement, data, entropy)):
        with suppress(ProtocolError):
            open_answer(SealedAnswer(card_hash(own.card), box), own)


VALID = tuple(valid_vectors())


@given(st.sampled_from(VALID), st.integers(0, 1 << 20), st.integers(0, 255), st.integers(-3, 3))
def test_invariant_5_bent_valid_bytes_raise_only_protocol_error(valid: bytes, at: int, byte: int, shift: int) -> None:
    bent = bytearray(valid)
    bent[at % len(bent)] = byte
    sent = bytes(bent)[:shift] if shift < 0 else bytes(bent) + bytes(shift)
    for name, parse in PARSERS.items():
        if name not in TEXT | LINES:
            with suppress(ProtocolError):
                parse(sent)
