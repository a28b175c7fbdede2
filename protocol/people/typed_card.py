"""Cards as lines to type: for whoever has no camera, from a printed sheet.

A line is its number, up to 15 bytes in Crockford base32 in groups of four, and two check characters:

    01 000G 40R4 0M30 E209 185G R38E TH

Letters and digits only, so that a Korean or English keyboard types them alike; upper or lower case, spaces and dashes
do not matter, O is read as 0, I and L as 1. The check characters are two sums over GF(32), of the characters v_i of
number and content and of a^i v_i: they find any two wrong characters in a line and any two that changed places, and
nearly everything else. Invariant: each line is checked by itself, with its number and whether it is the last, so a
mistyped, missing or doubled line is named by its number.

Spec: docs/protocol.md, Typed cards.
Decision 22.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from protocol.errors import ProtocolError

LINE_BYTES: Final = 15
MAX_LINES: Final = 99
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {char: value for value, char in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_DASHES: Final = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212")
_NUMBER_CHARS: Final = 2
_CHECK_CHARS: Final = 2
_GROUP: Final = 4
_FULL_CHARS: Final = LINE_BYTES * 8 // 5


def _powers() -> list[int]:
    """Return a^0 .. a^30 in GF(32) = GF(2)[a] / (a^5 + a^2 + 1)."""
    powers = [1]
    while len(powers) < 31:
        power = powers[-1] << 1
        powers.append(power ^ 0b100101 if power & 32 else power)
    return powers


_POWERS: Final = _powers()
_LAST: Final = (1, _POWERS[28])
"""As if a character at place 28 were another: no line is that long."""


class CardLineError(ProtocolError):
    """A line is mistyped, missing or there twice. `line` is its number, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line} is not right")
        self.line = line


def to_lines(data: bytes) -> list[str]:
    """Return the lines of `data`. ValueError: nothing, or more than 99 lines."""
    chunks = [data[at : at + LINE_BYTES] for at in range(0, len(data), LINE_BYTES)]
    if not 1 <= len(chunks) <= MAX_LINES:
        raise ValueError("too much or too little to type")
    return [_line(number, chunk, last=number == len(chunks)) for number, chunk in enumerate(chunks, 1)]


def parse_line(line: str, expected: int) -> tuple[int, bytes, bool]:
    """Read one line; return (its number, its bytes, whether it says that it is the last).

    CardLineError: mistyped; it carries the number on the line, or `expected` where that is not readable.
    """
    text = unicodedata.normalize("NFKC", line).upper()
    values = [_VALUES.get(char, -1) for char in text if not char.isspace() and char not in _DASHES]
    number = expected
    if len(values) > _NUMBER_CHARS and all(0 <= value <= 9 for value in values[:_NUMBER_CHARS]):
        number = values[0] * 10 + values[1]
    body, check = values[_NUMBER_CHARS:-_CHECK_CHARS], values[-_CHECK_CHARS:]
    chunk = _bytes_of(body) if -1 not in values and 1 <= number <= MAX_LINES else None
    if not chunk:
        raise CardLineError(number)
    for last in (False, True):
        if check == _check(number, chunk, last=last) and (last or len(chunk) == LINE_BYTES):
            return number, chunk, last
    raise CardLineError(number)


def parse_lines(lines: Iterable[str]) -> bytes:
    """Read what `to_lines` wrote; empty lines are passed over, the order is free.

    CardLineError: a line is mistyped, missing or there twice; it carries the lowest such number.
    """
    found: dict[int, tuple[bytes, bool]] = {}
    wrong: list[int] = []
    for position, line in enumerate([line for line in lines if line.strip()][: MAX_LINES + 1], 1):
        try:
            number, chunk, last = parse_line(line, position)
        except CardLineError as error:
            wrong.append(error.line)
            continue
        if number in found:
            wrong.append(number)
        found[number] = (chunk, last)
    # A line that has become a last one by two slips is told from the true last one.
    wrong += [number for number, (_, last) in sorted(found.items()) if last][:-1]
    if wrong:
        raise CardLineError(min(wrong))
    for number in range(1, MAX_LINES + 1):
        if number not in found:
            raise CardLineError(number)
        if found[number][1]:
            if beyond := [more for more in found if more > number]:
                raise CardLineError(min(beyond))
            break
    return b"".join([found[number][0] for number in sorted(found)])


def _line(number: int, chunk: bytes, *, last: bool) -> str:
    text, check = [
        "".join([ALPHABET[value] for value in values])
        for values in (_values_of(chunk), _check(number, chunk, last=last))
    ]
    return " ".join([f"{number:02d}", *[text[at : at + _GROUP] for at in range(0, len(text), _GROUP)], check])


def _check(number: int, chunk: bytes, *, last: bool) -> list[int]:
    """Return both sums; those of the last line have a value added that no single slip adds."""
    first, second = _LAST if last else (0, 0)
    for at, value in enumerate([number // 10, number % 10, *_values_of(chunk)]):
        first ^= value
        if value:
            second ^= _POWERS[(at + _POWERS.index(value)) % len(_POWERS)]
    return [first, second]


def _values_of(chunk: bytes) -> list[int]:
    """Return the chunk as 5-bit values, the last one filled with zero bits."""
    chars = -(-len(chunk) * 8 // 5)
    bits = int.from_bytes(chunk, "big") << chars * 5 - len(chunk) * 8
    return [bits >> 5 * (chars - 1 - at) & 31 for at in range(chars)]


def _bytes_of(values: list[int]) -> bytes | None:
    """Undo `_values_of`; None if that is not what it makes."""
    size = len(values) * 5 // 8
    if len(values) > _FULL_CHARS or size == 0:
        return None
    bits = 0
    for value in values:
        bits = bits << 5 | value
    chunk = (bits >> len(values) * 5 - size * 8).to_bytes(size, "big")
    return chunk if _values_of(chunk) == values else None
