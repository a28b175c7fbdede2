"""Cursor arithmetic over a guard's board log: append-only sheets, one for each page interval.

A sheet is the concatenation of whole log entries, so (interval, 0) is always the beginning of an entry; only the newest
sheet may grow. Invariant: reading from a cursor with any stretch sizes gives the concatenation of all sheets from there
on, each byte once; bytes that were served never change. Spec: docs/protocol.md, Board log.
Decisions 7, 21.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from protocol.routes.exchange import LATEST_KEY_BLOCK, Cursor

EMPTY_LOG: Final = Cursor(0, 0)


@dataclass(frozen=True, slots=True)
class Slice:
    """Bytes `start`..`stop` of one sheet."""

    interval: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a response says of the board: where the bytes begin, where to go on, where the log ends at present."""

    start: Cursor
    next: Cursor
    end: Cursor
    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class SheetIndex:
    """Lengths of the non-empty sheets in ascending order, and the position of the latest key block.

    `mark` is None before the first key block; readers then start at the oldest sheet.
    """

    intervals: tuple[int, ...]
    lengths: tuple[int, ...]
    mark: Cursor | None

    @classmethod
    def of(cls, lengths: Mapping[int, int], mark: Cursor | None) -> Self:
        """Build an index from interval -> length; empty sheets are left out. ValueError: `mark` is in no sheet."""
        kept = sorted((interval, length) for interval, length in lengths.items() if length)
        index = cls(tuple(interval for interval, _ in kept), tuple(length for _, length in kept), mark)
        if mark is not None and not mark.offset < lengths.get(mark.interval, 0):
            raise ValueError("the latest key block is in no sheet")
        return index

    @property
    def end(self) -> Cursor:
        """Return the position after the last byte of the log."""
        return Cursor(self.intervals[-1], self.lengths[-1]) if self.intervals else EMPTY_LOG

    def stretch(self, cursor: Cursor, size: int) -> Stretch:
        """Return at most `size` bytes from `cursor` on, as slices of sheets.

        A cursor in interval 0 is that many bytes after the latest key block's beginning. One in the future, before the
        oldest sheet or inside nothing falls back to the latest key block; a valid one is echoed as `start`, which tells
        a reader that it goes on unbroken.
        """
        start = self._resolve(cursor)
        slices: list[Slice] = []
        at, left = start, size
        for place in range(bisect_left(self.intervals, start.interval), len(self.intervals)):
            interval, length = self.intervals[place], self.lengths[place]
            begin = start.offset if interval == start.interval else 0
            stop = min(length, begin + left)
            if begin < stop:
                slices.append(Slice(interval, begin, stop))
                left -= stop - begin
                at = Cursor(interval, stop)
            if left == 0:
                break
        return Stretch(start, at, self.end, tuple(slices))

    def bytes_between(self, start: Cursor, end: Cursor) -> int:
        """Return how many bytes of the log lie from `start` up to `end` (0 when `end` is not after `start`)."""
        total = 0
        for place in range(bisect_left(self.intervals, start.interval), bisect_right(self.intervals, end.interval)):
            interval, length = self.intervals[place], self.lengths[place]
            begin = min(start.offset, length) if interval == start.interval else 0
            stop = min(end.offset, length) if interval == end.interval else length
            total += max(0, stop - begin)
        return total

    def _resolve(self, cursor: Cursor) -> Cursor:
        latest = self._latest()
        if cursor.interval == LATEST_KEY_BLOCK.interval:
            passed = self.stretch(latest, cursor.offset) if cursor.offset and self.intervals else None
            whole = passed is not None and self.bytes_between(latest, passed.next) == cursor.offset
            return passed.next if passed is not None and whole else latest
        return cursor if self._valid(cursor) else latest

    def _valid(self, cursor: Cursor) -> bool:
        if not self.intervals:
            return False
        place = bisect_left(self.intervals, cursor.interval)
        if place == len(self.intervals):
            return False
        if self.intervals[place] == cursor.interval:
            return cursor.offset <= self.lengths[place]
        return place > 0 and cursor.offset == 0  # an interval without a sheet, between two that have one

    def _latest(self) -> Cursor:
        if self.mark is not None:
            return self.mark
        return Cursor(self.intervals[0], 0) if self.intervals else EMPTY_LOG


def stretch(
    sheets: Mapping[int, bytes], mark: Cursor | None, cursor: Cursor, size: int
) -> tuple[Cursor, Cursor, Cursor, bytes]:
    """Return (start, next, end, bytes) of a log that is in memory; see `SheetIndex.stretch`."""
    index = SheetIndex.of({interval: len(sheet) for interval, sheet in sheets.items()}, mark)
    found = index.stretch(cursor, size)
    return found.start, found.next, found.end, join_slices(found.slices, sheets)


def join_slices(slices: tuple[Slice, ...], sheets: Mapping[int, bytes]) -> bytes:
    """Return the bytes of a stretch from the sheets that it names."""
    return b"".join(sheets[part.interval][part.start : part.stop] for part in slices)
