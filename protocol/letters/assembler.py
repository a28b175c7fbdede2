"""Putting letters together again: each exactly once, in the order of their numbers, or late and named so.

Fragments come in any order, twice, or never. A letter waits for those before it; one that the sender no longer sends
(it is below `oldest_letter`) is passed over and named as skipped. What was passed over may still come: its fragments
are kept like others, and whole it is delivered at once, as late, for its writer may have been told that it expired.

Invariants: a fragment that is taken in belongs to a letter that was delivered or still can be, so that to acknowledge
every fragment of a letter is to say that it can be read; all others are refused, which acknowledges nothing. What a
hostile peer can make us hold is bounded: PARTS_AHEAD fragments, and LATE_HELD late letters.

Spec: docs/protocol.md, Letters.
Decisions 109, 111, 125.
"""

from dataclasses import dataclass, field
from typing import Final, Self

from protocol.errors import ProtocolError
from protocol.letters.letter import (
    FIRST_LETTER,
    LETTERS_AHEAD,
    MAX_LETTER_NUMBER,
    MAX_PARTS,
    PARTS_AHEAD,
    Fragment,
)
from protocol.primitives.codec import Reader

LATE_LETTERS: Final = 1024
"""A letter may be late while its number is at most this far below the next one."""
_LATE_BYTES: Final = LATE_LETTERS // 8
LATE_HELD: Final = 64
"""So many late letters are kept while parts of them are missing."""
_VERSION: Final = 3


@dataclass(frozen=True, slots=True)
class Assembled:
    """What one cell brought to completion. `letters`, `late`: (number, encoded letter), ascending; a late one was
    skipped before.

    `skipped`: ranges of numbers that come late or never, ascending; ranges, because one cell may name any number.
    """

    letters: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
    late: tuple[tuple[int, bytes], ...] = field(default=(), repr=False)
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

    __slots__ = ("_held", "_lowest", "_mark", "_next", "_oldest", "_passed", "_waited")

    def __init__(self) -> None:
        self._next = FIRST_LETTER
        self._oldest = FIRST_LETTER
        """The highest `oldest_letter` that a cell named."""
        self._lowest = FIRST_LETTER
        """Fragments below are refused: what became of their letters is forgotten."""
        self._mark = (0, FIRST_LETTER)
        """(epoch, letter): in that epoch the sender had ended all letters below."""
        self._waited = 0
        """The next letter at the last turn, if whole ones waited for it; else 0."""
        self._passed: set[int] = set()
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
        if fragment:
            if fragment.letter >= max(self._next, oldest_letter) + LETTERS_AHEAD:
                raise ProtocolError("a fragment is too far ahead")
            if fragment.letter < self._lowest:
                raise ProtocolError("a fragment is too late")
            if self._parts_from(max(self._next, oldest_letter)) >= PARTS_AHEAD:
                raise ProtocolError("there are too many fragments")
            if fragment.letter >= self._next or fragment.letter in self._passed:
                self._add(fragment)
        self._oldest = max(self._oldest, oldest_letter)
        return self._deliver(oldest_letter)

    def turn(self, epoch: int, watched_from: int) -> Assembled:
        """A new epoch has begun, and nothing is watched any more before `watched_from`. Forget late letters that cannot
        come any more. Once letters have waited whole for one epoch, all whole ones are delivered; those before them
        come late.
        """
        if watched_from > self._mark[0] + 1:  # a sender's clock may be an epoch ahead
            self._forget_below(self._mark[1])
            self._mark = (epoch, self._oldest)
        waiting = [number for number, held in self._held.items() if number > self._next and held.whole() is not None]
        done = self._deliver(max(waiting)) if waiting and self._waited == self._next else Assembled()
        self._waited = self._next if waiting and not done.letters else 0
        return done

    def _parts_from(self, number: int) -> int:
        """How many fragments are here of the letters from a number on."""
        return sum(len(held.data) for letter, held in self._held.items() if letter >= number)

    def _add(self, fragment: Fragment) -> None:
        partial = self._held.get(fragment.letter)
        if partial is None:
            partial = self._held[fragment.letter] = _Partial(fragment.parts, {})
        if partial.parts != fragment.parts or partial.data.get(fragment.part, fragment.data) != fragment.data:
            raise ProtocolError("a fragment contradicts another")
        partial.data[fragment.part] = fragment.data

    def _deliver(self, until: int) -> Assembled:
        """Deliver what is whole, passing over what is not and lies below `until`."""
        late = [(number, whole) for number, whole in self._whole() if number < self._next]
        letters: list[tuple[int, bytes]] = []
        skipped: list[range] = []
        for number, whole in self._whole():
            if number > self._next:
                self._pass_over(min(number, until), skipped)
            if number == self._next:
                letters.append((number, whole))
                self._next = number + 1
        self._pass_over(until, skipped)
        for number, _ in late + letters:
            del self._held[number]
            self._passed.discard(number)
        self._forget_below(self._next - LATE_LETTERS)
        parts_of_late = sorted(number for number in self._held if number < self._next)
        if len(parts_of_late) > LATE_HELD:
            self._forget_below(parts_of_late[-LATE_HELD])
        return Assembled(tuple(letters), tuple(late), tuple(_joined(skipped)))

    def _whole(self) -> list[tuple[int, bytes]]:
        """Letters of which every part is here, ascending."""
        held = [(number, self._held[number].whole()) for number in sorted(self._held)]
        return [(number, whole) for number, whole in held if whole is not None]

    def _pass_over(self, until: int, skipped: list[range]) -> None:
        """Wait no longer for the letters below `until`."""
        if until > self._next:
            skipped.append(range(self._next, until))
            self._passed.update(range(max(self._next, until - LATE_LETTERS), until))
            self._next = until

    def _forget_below(self, number: int) -> None:
        """Refuse from now on what comes of letters below."""
        self._lowest = max(self._lowest, number)
        self._passed = {late for late in self._passed if late >= self._lowest}
        self._held = {late: held for late, held in self._held.items() if late >= self._lowest}

    def forget_parts(self) -> None:
        """Keep of all letters their numbers alone, as if nothing of those that are not delivered had come."""
        self._held.clear()
        self._waited = 0

    def encode(self) -> bytes:
        """Return version u8=3 | next u32 | oldest u32 | lowest u32 | mark: epoch u32, letter u32 | waited u32 |
        passed 128 (bit i: letter next - 1 - i was passed over) | count u16 | per letter, ascending: number u32 |
        parts u8 | have u32 (bit i: part i is here) | per part that is here: length u16 | data.
        """
        head = (self._next, self._oldest, self._lowest, *self._mark, self._waited)
        passed = sum(1 << self._next - 1 - number for number in self._passed)
        out = [bytes([_VERSION]), *[number.to_bytes(4, "big") for number in head], passed.to_bytes(_LATE_BYTES, "big")]
        out.append(len(self._held).to_bytes(2, "big"))
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
        assembler._next, assembler._oldest, assembler._lowest = reader.u32(), reader.u32(), reader.u32()
        assembler._mark, assembler._waited = (reader.u32(), reader.u32()), reader.u32()
        passed = int.from_bytes(reader.read(_LATE_BYTES), "big")
        upper = assembler._next
        ends = (assembler._oldest, assembler._lowest, assembler._mark[1])
        if not (upper <= MAX_LETTER_NUMBER and all(FIRST_LETTER <= number <= upper for number in ends)):
            raise ProtocolError("the next letter is out of range")
        if assembler._waited > upper or passed >> upper - assembler._lowest:
            raise ProtocolError("letters that were passed over are out of range")
        assembler._passed = {upper - 1 - bit for bit in range(passed.bit_length()) if passed >> bit & 1}
        for _ in range(reader.u16()):
            number, parts, have = reader.u32(), reader.u8(), reader.u32()
            if have == 0 or have >> min(parts, MAX_PARTS):
                raise ProtocolError("kept fragments are out of range")
            for part in range(have.bit_length()):
                if have >> part & 1:
                    assembler._add(Fragment(number, part, parts, reader.read(reader.u16())))
        reader.end()
        assembler._check()
        if assembler.encode() != data:
            raise ProtocolError("kept fragments are not canonical")
        return assembler

    def _check(self) -> None:
        """ProtocolError: what is held is not what `receive` leaves."""
        late = {number for number in self._held if number < self._next}
        if not late <= self._passed or len(late) > LATE_HELD:
            raise ProtocolError("kept fragments are late")
        if self._parts_from(self._next) > PARTS_AHEAD:
            raise ProtocolError("there are too many kept fragments")
        if any(number >= self._next + LETTERS_AHEAD for number in self._held):
            raise ProtocolError("kept fragments are out of range")
        if any(number in late or number == self._next for number, _ in self._whole()):
            raise ProtocolError("a whole letter was kept")


def _joined(ranges: list[range]) -> list[range]:
    """Join ranges that follow each other."""
    joined: list[range] = []
    for one in ranges:
        if joined and joined[-1].stop == one.start:
            joined[-1] = range(joined[-1].start, one.stop)
        else:
            joined.append(one)
    return joined
