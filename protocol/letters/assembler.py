"""Putting letters together again: each exactly once, in the order of their numbers.

Fragments come in any order, twice, or never. A letter waits for those before it; one that the sender no longer sends
(it is below `oldest_letter`) is passed over and named as skipped. Invariant: what a hostile peer can make us hold is
bounded: at most LETTERS_AHEAD letters of MAX_PARTS fragments, whatever comes.

Spec: docs/protocol.md, Letters.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from protocol.errors import ProtocolError
from protocol.letters.letter import FIRST_LETTER, LETTERS_AHEAD, MAX_LETTER_NUMBER, MAX_PARTS, Fragment
from protocol.primitives.codec import Reader

_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Assembled:
    """What one cell brought to completion. `letters`: (number, encoded letter), ascending.

    `skipped`: ranges of numbers that will never come, ascending; ranges, because one cell may name any number.
    """

    letters: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    skipped: tuple[range, ...] = ()


@dataclass(slots=True)
class _Partial:
    """A letter of which fragments are here."""

    parts: int
    data: dict[int, bytes]

    def whole(self) -> bytes | None:
        if len(self.data) < self.parts:
            return None
        return b"".join([self.data[part] for part in range(self.parts)])


class Assembler:
    """The letters of one direction that are not delivered yet. Mutable; the caller encodes it with what it delivers."""

    __slots__ = ("_held", "_next")

    def __init__(self) -> None:
        self._next = FIRST_LETTER
        self._held: dict[int, _Partial] = {}

    @property
    def next_letter(self) -> int:
        """The number of the letter that is delivered next."""
        return self._next

    def progress(self) -> tuple[tuple[int, int, int], ...]:
        """Letters of which parts are here: (number, parts here, parts), ascending. One whose parts are all here waits
        for letters before it.
        """
        return tuple((number, len(held.data), held.parts) for number, held in sorted(self._held.items()))

    def receive(self, oldest_letter: int, fragment: Fragment | None) -> Assembled:
        """Take in what a cell carries; return what is now complete, in order.

        ProtocolError: the fragment is out of reach, or contradicts one that is here; nothing has changed then.
        """
        reach = max(self._next, oldest_letter)
        if fragment and fragment.letter >= self._next:
            if fragment.letter >= reach + LETTERS_AHEAD:
                raise ProtocolError("a fragment is too far ahead")
            self._add(fragment)
        return self._deliver(oldest_letter)

    def _add(self, fragment: Fragment) -> None:
        partial = self._held.get(fragment.letter)
        if partial is None:
            partial = self._held[fragment.letter] = _Partial(fragment.parts, {})
        if partial.parts != fragment.parts or partial.data.get(fragment.part, fragment.data) != fragment.data:
            raise ProtocolError("a fragment contradicts another")
        partial.data[fragment.part] = fragment.data

    def _deliver(self, oldest_letter: int) -> Assembled:
        letters: list[tuple[int, bytes]] = []
        skipped: list[range] = []
        # Whole letters below `oldest_letter` are still delivered; only those that are not whole are given up.
        for number in sorted(self._held):
            whole = self._held[number].whole()
            if number > self._next:
                passed = min(number, oldest_letter)
                if passed > self._next:
                    skipped.append(range(self._next, passed))
                    self._next = passed
            if number != self._next:
                break
            if whole is not None:
                letters.append((number, whole))
            elif number < oldest_letter:
                skipped.append(range(number, number + 1))
            else:
                break
            del self._held[number]
            self._next = number + 1
        if oldest_letter > self._next:
            skipped.append(range(self._next, oldest_letter))
            self._next = oldest_letter
        return Assembled(tuple(letters), tuple(_joined(skipped)))

    def encode(self) -> bytes:
        """Return version u8=1 | next u32 | count u8 | per letter, ascending: number u32 | parts u8 | have u32 (bit i:
        part i is here) | per part that is here: length u16 | data.
        """
        out = [bytes([_VERSION]), self._next.to_bytes(4, "big"), bytes([len(self._held)])]
        for number, partial in sorted(self._held.items()):
            have = sum(1 << part for part in partial.data)
            out.append(number.to_bytes(4, "big") + bytes([partial.parts]) + have.to_bytes(4, "big"))
            out += [len(data).to_bytes(2, "big") + data for _, data in sorted(partial.data.items())]
        return b"".join(out)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read what `encode` wrote. ProtocolError: anything else."""
        reader = Reader(data)
        reader.version(_VERSION)
        assembler = cls()
        assembler._next = reader.u32()
        if not FIRST_LETTER <= assembler._next <= MAX_LETTER_NUMBER:
            raise ProtocolError("the next letter is out of range")
        for _ in range(reader.u8()):
            number, parts, have = reader.u32(), reader.u8(), reader.u32()
            if have == 0 or have >> min(parts, MAX_PARTS):
                raise ProtocolError("kept fragments are out of range")
            for part in range(have.bit_length()):
                if have >> part & 1:
                    assembler._add(Fragment(number, part, parts, reader.read(reader.u16())))
        reader.end()
        held = assembler._held
        if held and not (min(held) >= assembler._next and max(held) < assembler._next + LETTERS_AHEAD):
            raise ProtocolError("kept fragments are out of range")
        first = held.get(assembler._next)
        if assembler.encode() != data or (first and first.whole() is not None):
            raise ProtocolError("kept fragments are not canonical")
        return assembler


def _joined(ranges: list[range]) -> list[range]:
    """Join ranges that follow each other."""
    joined: list[range] = []
    for one in ranges:
        if joined and joined[-1].stop == one.start:
            joined[-1] = range(joined[-1].start, one.stop)
        else:
            joined.append(one)
    return joined
