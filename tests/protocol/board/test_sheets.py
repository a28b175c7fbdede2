"""Cursors on a guard's board log: nothing is skipped, nothing comes twice. See docs/protocol.md, "Board log"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.board.sheets import SheetIndex, stretch
from protocol.routes.exchange import LATEST_KEY_BLOCK, Cursor

SHEETS = st.dictionaries(st.integers(100, 130), st.binary(max_size=40), min_size=1, max_size=12).filter(
    lambda sheets: any(sheets.values())
)
LOG = {5: b"aaaaa", 6: b"", 7: b"bbb", 9: b"MMMcccc"}
MARK = Cursor(9, 0)


def _concatenation(sheets: dict[int, bytes], start: Cursor) -> bytes:
    return b"".join(
        sheet[start.offset if interval == start.interval else 0 :]
        for interval, sheet in sorted(sheets.items())
        if interval >= start.interval
    )


@given(SHEETS, st.data())
def test_reading_with_any_sizes_yields_the_concatenation(sheets: dict[int, bytes], data: st.DataObject) -> None:
    filled = sorted(interval for interval, sheet in sheets.items() if sheet)
    marked = data.draw(st.sampled_from(filled))
    mark = Cursor(marked, data.draw(st.integers(0, len(sheets[marked]) - 1)))
    cursor, read, first = LATEST_KEY_BLOCK, b"", True
    while True:
        size = data.draw(st.integers(1, 30))
        start, following, end, part = stretch(sheets, mark, cursor, size)
        assert start == (mark if first else cursor)
        assert len(part) <= size
        read += part
        cursor, first = following, False
        if len(part) < size:
            assert cursor == end
            break
    assert read == _concatenation(sheets, mark)


@given(SHEETS, st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=5), st.integers(1, 50))
def test_a_reader_at_the_end_goes_on_unbroken_when_sheets_close(
    sheets: dict[int, bytes], later: list[bytes], size: int
) -> None:
    index_end = stretch(sheets, None, Cursor(min(sheets), 0), 10_000)
    cursor, read = index_end[1], b""
    for number, sheet in enumerate(later):
        sheets[200 + 3 * number] = sheet
        while True:
            start, following, end, part = stretch(sheets, None, cursor, size)
            assert start == cursor
            read, cursor = read + part, following
            if not part:
                break
        assert cursor == end
    assert read == b"".join(later)


@given(st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=20)), min_size=1), st.integers(1, 30))
def test_a_reader_that_keeps_up_gets_every_byte_of_a_growing_log_once(
    appended: list[tuple[int, bytes]], size: int
) -> None:
    sheets: dict[int, bytes] = {50: b"first"}
    interval, cursor, read = 50, Cursor(50, 0), b""
    for step, data in appended:
        interval += step
        sheets[interval] = sheets.get(interval, b"") + data
        start, following, _, part = stretch(sheets, None, cursor, size)
        assert start == cursor
        read, cursor = read + part, following
    rest = _concatenation(sheets, cursor)
    assert read + rest == _concatenation(sheets, Cursor(50, 0))


@given(SHEETS, st.integers(1, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 50))
def test_any_cursor_gets_an_answer(sheets: dict[int, bytes], interval: int, offset: int, size: int) -> None:
    mark = Cursor(next(interval for interval, sheet in sheets.items() if sheet), 0)
    start, following, end, part = stretch(sheets, mark, Cursor(interval, offset), size)
    assert start in (mark, Cursor(interval, offset))
    assert start <= following <= end or not part
    assert part == _concatenation(sheets, start)[:size]


@pytest.mark.parametrize(
    "cursor",
    [
        LATEST_KEY_BLOCK,
        Cursor(10, 0),
        Cursor(9, 8),
        Cursor(7, 4),
        Cursor(6, 1),
        Cursor(4, 0),
        Cursor(4, 3),
        Cursor(0, 8),
    ],
)
def test_cursor_in_the_future_or_inside_nothing_falls_back_to_the_latest_key_block(cursor: Cursor) -> None:
    assert stretch(LOG, MARK, cursor, 100) == (MARK, Cursor(9, 7), Cursor(9, 7), b"MMMcccc")


def test_start_of_an_interval_without_a_sheet_is_the_next_sheet() -> None:
    assert stretch(LOG, MARK, Cursor(6, 0), 4) == (Cursor(6, 0), Cursor(9, 1), Cursor(9, 7), b"bbbM")
    assert stretch(LOG, MARK, Cursor(8, 0), 4) == (Cursor(8, 0), Cursor(9, 4), Cursor(9, 7), b"MMMc")


def test_cursor_at_the_end_of_a_sheet_is_valid_and_skips_empty_ones() -> None:
    assert stretch(LOG, MARK, Cursor(5, 5), 3) == (Cursor(5, 5), Cursor(7, 3), Cursor(9, 7), b"bbb")
    assert stretch(LOG, MARK, Cursor(9, 7), 3) == (Cursor(9, 7), Cursor(9, 7), Cursor(9, 7), b"")


def test_log_without_sheets_or_without_a_key_block() -> None:
    assert stretch({}, None, Cursor(7, 7), 10) == (Cursor(0, 0), Cursor(0, 0), Cursor(0, 0), b"")
    assert stretch(LOG, None, LATEST_KEY_BLOCK, 6) == (Cursor(5, 0), Cursor(7, 1), Cursor(9, 7), b"aaaaab")


def test_key_block_must_be_in_a_sheet() -> None:
    for mark in (Cursor(6, 0), Cursor(5, 5), Cursor(11, 0)):
        with pytest.raises(ValueError, match="key block"):
            SheetIndex.of({interval: len(sheet) for interval, sheet in LOG.items()}, mark)


@given(SHEETS, st.integers(95, 135), st.integers(0, 45), st.integers(95, 135), st.integers(0, 45))
def test_bytes_between_two_positions_are_counted(
    sheets: dict[int, bytes], first: int, offset: int, second: int, stop: int
) -> None:
    index = SheetIndex.of({interval: len(sheet) for interval, sheet in sheets.items()}, None)
    places = [(interval, place) for interval, sheet in sorted(sheets.items()) for place in range(len(sheet))]
    expected = sum((first, offset) <= place < (second, stop) for place in places)
    assert index.bytes_between(Cursor(first, offset), Cursor(second, stop)) == expected


def test_a_place_inside_the_latest_key_block_is_counted_from_its_beginning_over_all_sheets() -> None:
    sheets = {10: b"old", 12: b"..BLOCK", 15: b"later"}
    mark = Cursor(12, 2)
    whole = b"BLOCKlater"
    for offset in range(len(whole) + 1):
        start, following, end, data = stretch(sheets, mark, Cursor(0, offset), 3)
        assert data == whole[offset : offset + 3]
        again = stretch(sheets, mark, Cursor(0, offset + 3), 3)
        assert offset + 3 > len(whole) or following == again[0], "stretches of one size go on where the last one ended"
        assert end == Cursor(15, 5)
        assert start >= mark
    # After the end there is nothing: that is answered as what a reader asks for who knows nothing.
    assert stretch(sheets, mark, Cursor(0, len(whole) + 1), 3)[::3] == (mark, b"BLO")
