"""What a fuzz target is: a few cases, each a parser and the way by which a stranger's bytes reach it.

A fuzzer's input is `case u8 | inside`. Where sealing, a signature or a checksum hides the inside of what is parsed, the
case puts it round the bytes first: a fuzzer cannot guess a key, but whoever holds one can send anything under it.
Invariant: a case raises nothing but the refusals it names, and what it accepts encodes to the same bytes again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from protocol.errors import ProtocolError
from tests.properties.parsers import PARSERS

Feed = Callable[[bytes], object]
Mutate = Callable[[bytes, int, int], bytes]
"""From (inside, greatest size, seed) to another inside."""


class Finding(AssertionError):
    """A parser accepted what it should not have."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way in. `parser`: its name in tests/properties/parsers.py, or of what else is fed.

    `seeds`: insides to begin with. `refuses`: what it may raise. `mutate`: how to change an inside whose structure
    random changes would only break; without it the fuzzer changes bytes.
    """

    parser: str
    feed: Feed
    seeds: Callable[[], Iterable[bytes]] = tuple
    refuses: tuple[type[Exception], ...] = (ProtocolError,)
    mutate: Mutate | None = None
    opens: bool = True
    """False where a key or a checksum stands before everything, so that no input of a stranger is ever accepted."""


@dataclass(frozen=True, slots=True)
class Target:
    """Cases that share the time of one target. Only ever append to `cases`: kept inputs name them by their place."""

    name: str
    cases: tuple[Case, ...]

    def find_case(self, data: bytes) -> Case | None:
        """Return the case that an input names."""
        return self.cases[data[0]] if data and data[0] < len(self.cases) else None

    def run(self, data: bytes) -> bool:
        """Feed one input; whether it was accepted. Anything that is raised is a finding."""
        case = self.find_case(data)
        if case is None:
            return False
        try:
            case.feed(data[1:])
        except case.refuses:
            return False
        return True

    def seeds(self) -> list[bytes]:
        """All inputs to begin with."""
        return [bytes([place]) + inside for place, case in enumerate(self.cases) for inside in case.seeds()]


def fitted(data: bytes, size: int) -> bytes:
    """Return `data` cut or zero padded to `size`, so that short inputs reach parsers of one size."""
    return data[:size].ljust(size, b"\0")


def plain(
    parser: str,
    encode: Callable[..., bytes] | None = None,
    seeds: Callable[[], Iterable[bytes]] = tuple,
    *,
    opens: bool = True,
) -> Case:
    """A parser that is fed as it is. `encode`: what must give the same bytes again."""
    return Case(parser, lambda data: same(PARSERS[parser], encode, data), seeds, opens=opens)


def same(parse: Callable[[bytes], object], encode: Callable[..., bytes] | None, data: bytes) -> object:
    """Parse; Finding unless the value encodes to `data`."""
    value = parse(data)
    if encode is not None and encode(value) != data:
        raise Finding("what was parsed encodes to other bytes")
    return value
