"""Invariant 5: a stranger's bytes cause only ProtocolError - at every parser of the shared package, by whatever bytes.

The list of parsers is taken from the package itself, so that a new one cannot be forgotten: it is fed, or this fails.
"""

import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import protocol
from lab.community import make_community
from protocol.errors import ProtocolError
from protocol.frames import LinkHead
from protocol.introduction import SealedAnswer, open_answer
from protocol.keycard import CardKind, card_hash, make_card
from protocol.onion import ReplyKeys
from protocol.roster_constants import Constants
from protocol.sealedbox import seal
from protocol.seams import RelayId, SeededEntropy

ROSTER = make_community(
    SeededEntropy(bytes(32)), relays=3, guards=[0], constants=Constants(), now=1_800_000_000.0
).roster
# What parsers take beside the bytes, by the name of the parameter.
GIVEN: dict[str, Any] = {
    "roster": ROSTER,
    "community_key": ROSTER.community_key,
    "key": bytes(32),
    "link": bytes(32),
    "secret": bytes(31) + b"\1",
    "cell_key": bytes(32),
    "aad": b"label",
    "head": LinkHead(RelayId(0), RelayId(1), 1, 1),
    "keys": ReplyKeys(bytes(32), bytes(32), bytes(32)),
    "expected": 1,
    "today": 20_000,
    "relay": RelayId(1),
}
# Not for a stranger's bytes: constants come from an operator's file; the next two read on inside a checked blob; an
# answer has two parts and a test of its own below.
NOT_FED = {"parse_constants", "parse_relays", "parse_bits", "open_answer"}
NAMES = ("parse_", "open_", "peel", "check_ticket")


def parsers() -> Iterator[tuple[str, Callable[[Any], object]]]:
    """Every parser of the package: functions by name, and `decode` of its classes, as functions of the bytes alone."""
    for module in pkgutil.iter_modules(protocol.__path__):
        found = importlib.import_module(f"protocol.{module.name}")
        for name, value in vars(found).items():
            if getattr(value, "__module__", None) != found.__name__ or name in NOT_FED:
                continue
            if inspect.isfunction(value) and name.startswith(NAMES):
                yield f"{module.name}.{name}", bound(value)
            elif inspect.isclass(value) and "decode" in vars(value):
                yield f"{module.name}.{name}.decode", value.decode  # type: ignore[attr-defined]


def bound(function: Callable[..., object]) -> Callable[[Any], object]:
    """Return a parser as a function of what a stranger sends; everything else is given."""
    names = list(inspect.signature(function).parameters)
    sent = [name for name in names if name not in GIVEN]
    assert len(sent) == 1, f"{function.__name__}: which of {names} does a stranger send?"

    def parse(data: Any) -> object:
        return function(**{name: data if name == sent[0] else GIVEN[name] for name in names})

    return parse


PARSERS = dict(parsers())
TEXT = {"keycard.parse_card_text", "cardtext.parse_line", "introduction.parse_text"}
LINES = {"cardtext.parse_lines"}


def test_all_parsers_are_found() -> None:
    for name in ("exchange.parse_request", "frames.open_batch", "keycard.parse_card", "board_page.parse_page"):
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
    sizes = (96, 128, 4096, 4217, 4250, 4315, 5072, 5120, 8192, 16384)

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
