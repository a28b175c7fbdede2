"""Display widths: lines and tables fit, lose nothing, and count a Hangul syllable as two columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_cli.terminal.layout import GAP, MIN_COLUMN, columns, fitted, table, wrap


@given(st.text(st.sampled_from("가나 ab雪\n한글")), st.integers(min_value=2, max_value=40))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    rows = wrap(text, width)
    assert all(columns(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == text.replace(" ", "").replace("\n", "")


@pytest.mark.parametrize(("text", "wide"), [("", 0), ("abc", 3), ("어머니", 6), ("雪", 2), ("e\u0301", 1)])
def test_width_is_that_of_a_terminal(text: str, wide: int) -> None:
    assert columns(text) == wide


@given(
    st.lists(st.tuples(*[st.text(st.sampled_from("가나 ab雪"), max_size=60)] * 3), min_size=1, max_size=4),
    st.integers(min_value=3 * MIN_COLUMN + 2 * len(GAP), max_value=120),
)
def test_a_table_fits_the_room_and_loses_nothing(cells: list[tuple[str, str, str]], room: int) -> None:
    widths = fitted(cells, room)
    assert widths is not None
    drawn = table(cells, widths)
    assert all(columns(line) <= room for line in drawn)
    kept = sorted("".join(line for line in drawn if not line.startswith("─")).replace(" ", ""))
    assert kept == sorted("".join(cell for row in cells for cell in row).replace(" ", ""))


def test_a_table_that_cannot_fit_says_so_and_one_that_need_not_is_as_wide_as_its_cells() -> None:
    cells = [["a" * 40, "b" * 40], ["c", "d"]]
    assert fitted(cells, 2 * MIN_COLUMN + len(GAP) - 1) is None
    assert fitted(cells, 2 * MIN_COLUMN + len(GAP)) == [MIN_COLUMN, MIN_COLUMN]
    assert fitted(cells, None) == [40, 40]
