"""Every parser of the shared package, found by itself, as a function of what a stranger sends.

The list is taken from the package, so that a new parser cannot be forgotten: invariant 5 feeds it, and a fuzz target
has to name it (tests/fuzz), or a test fails.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import protocol
from lab.worlds.community import make_community
from protocol.community.constants import Constants
from protocol.primitives.hybrid_box import HybridKey
from protocol.primitives.kem import KemKey
from protocol.routes.frames import LinkHead
from protocol.routes.onion import ReplyKeys
from protocol.seams import RelayId, SeededEntropy

COMMUNITY = make_community(SeededEntropy(bytes(32)), relays=3, guards=[0], constants=Constants(), now=1_800_000_000.0)
ROSTER = COMMUNITY.roster
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
    "own": HybridKey.of(bytes(95) + b"\1"),
    "kem": KemKey(bytes(63) + b"\1"),
    "today": 20_000,
    "relay": RelayId(1),
}
# Not for a stranger's bytes: constants come from an operator's file; the next reads on inside a checked blob; an answer
# has two parts and a test of its own.
NOT_FED = {"parse_constants", "parse_bits", "open_answer"}
NAMES = ("parse_", "open_", "peel", "check_ticket")
TEXT = {"people.key_card.parse_card_text", "people.typed_card.parse_line", "people.introduction.parse_text"}
LINES = {"people.typed_card.parse_lines"}


def _parsers() -> Iterator[tuple[str, Callable[[Any], object]]]:
    """Every parser of the package: functions by name, and `decode` of its classes, as functions of the bytes alone."""
    for module in pkgutil.walk_packages(protocol.__path__, "protocol."):
        found = importlib.import_module(module.name)
        place = module.name.removeprefix("protocol.")
        for name, value in vars(found).items():
            if getattr(value, "__module__", None) != found.__name__ or name in NOT_FED:
                continue
            if inspect.isfunction(value) and name.startswith(NAMES):
                yield f"{place}.{name}", _bound(value)
            elif inspect.isclass(value) and not inspect.isabstract(value) and _decodes(value):
                yield f"{place}.{name}.decode", value.decode  # type: ignore[attr-defined]


def _decodes(found: type) -> bool:
    """Whether a class, or one of ours that it is made from, has a `decode`."""
    return any("decode" in vars(base) for base in found.__mro__ if base.__module__.startswith("protocol."))


def _bound(function: Callable[..., object]) -> Callable[[Any], object]:
    """Return a parser as a function of what a stranger sends; everything else is given."""
    names = list(inspect.signature(function).parameters)
    sent = [name for name in names if name not in GIVEN]
    assert len(sent) == 1, f"{function.__name__}: which of {names} does a stranger send?"

    def parse(data: Any) -> object:
        return function(**{name: data if name == sent[0] else GIVEN[name] for name in names})

    return parse


PARSERS = dict(_parsers())
