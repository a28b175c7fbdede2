"""Progress: written over on a terminal, one plain line each elsewhere."""

import io

import pytest

from client_cli.terminal.progress import ProgressLine, bar


def test_progress_is_one_plain_line_each_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = ProgressLine()
    progress.show("{number} exchanges", number=1)
    progress.show("{number} exchanges", number=1)
    progress.show("{number} exchanges", number=2)
    progress.close()
    assert capsys.readouterr().err == "1 exchanges\n2 exchanges\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_line_is_written_over_and_left_standing() -> None:
    screen = _Terminal()
    progress = ProgressLine(screen)
    progress.show("{number} exchanges of a line that is much longer than eighty columns" + " and goes on" * 4, number=1)
    progress.show("{number} exchanges", number=2)
    progress.close()
    first, second = screen.getvalue().split("\r\x1b[K")[1:]
    assert len(first) < 80
    assert second == "2 exchanges\n"


@pytest.mark.parametrize(
    ("done", "total", "drawn"), [(0, 4, "[....]"), (1, 4, "[#...]"), (4, 4, "[####]"), (0, 0, "[....]")]
)
def test_a_bar_is_filled_as_far_as_things_have_come(done: int, total: int, drawn: str) -> None:
    assert bar(done, total, 4) == drawn
