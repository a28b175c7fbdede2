"""From blocks to rows: nothing is wider than the screen, nothing acts on it, and a letter stays behind its bar."""

from hypothesis import given
from hypothesis import strategies as st

from client_cli.letterbox.pages.blocks import Card, Letter, Style, Words
from client_cli.letterbox.pages.layout import BAR, plain, rows, text_of
from client_cli.terminal.layout import columns
from tests.kits.hostile_texts import EVERYTHING, acted

RED, BLUE = (255, 0, 0), (0, 0, 255)


def pixels(wide: int, high: int) -> tuple[tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...], ...]:
    return (((RED, BLUE),) * wide,) * high


@given(
    st.text(st.sampled_from("가나 ab雪\n\u202e\x1b"), min_size=100, max_size=200),
    st.integers(min_value=24, max_value=100),
    st.booleans(),
)
def test_no_row_is_wider_than_it_may_be_and_none_acts(text: str, width: int, large: bool) -> None:
    blocks = (Words(text), Letter(text), Card(pixels(8, 3), (Words(text),)), Card(None, (Words(text, Style.STRONG),)))
    for row in rows(blocks, width, large=large):
        assert columns(text_of(row)) <= width
        assert acted(text_of(row)) == []


def test_every_line_of_a_letter_stands_behind_a_bar_and_no_line_of_ours_does() -> None:
    drawn = [text_of(row) for row in rows((Words("ours"), Letter("one\ntwo\r" + EVERYTHING)), 60)]
    assert drawn[0] == "ours"
    assert all(line.startswith(BAR) for line in drawn[1:])
    assert len(drawn) > 3


def test_a_picture_has_its_words_beside_it_where_there_is_room_and_below_it_where_not() -> None:
    card = Card(pixels(20, 2), (Words("beside"),))
    (first, *_), narrow = rows((card,), 60), [text_of(row) for row in rows((card,), 30)]
    assert text_of(first).endswith("beside")
    assert next(span.upper for span in first) == RED
    assert narrow[-1] == "beside"
    assert len(narrow) == 3


def test_large_text_has_empty_lines_and_leaves_explanations_out() -> None:
    blocks = (Words("said"), Words("explained", Style.QUIET))
    assert [text_of(row) for row in rows(blocks, 60)] == ["said", "explained"]
    assert [text_of(row) for row in rows(blocks, 60, large=True)] == ["said", ""]


def test_a_title_is_one_clean_line() -> None:
    assert "\n" not in plain(EVERYTHING)
    assert acted(plain(EVERYTHING)) == []
