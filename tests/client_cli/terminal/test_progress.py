"""Progress: written over on a terminal, one plain line each elsewhere."""

import io

import pyte
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


def seen(written: str) -> list[str]:
    """What stands in a window of 80 by 6 after this was written."""
    screen = pyte.Screen(80, 6)
    pyte.Stream(screen).feed(written.replace("\n", "\r\n"))  # as a terminal does it
    return [line.rstrip() for line in screen.display if line.strip()]


def test_on_a_terminal_nothing_is_cut_and_the_sentence_is_written_over() -> None:
    screen = _Terminal()
    progress = ProgressLine(screen)
    screen.write("before\n")
    long = "No post box answers on any way; nothing is lost. A courier can help:" + " again and again" * 4
    progress.show(long)
    assert " ".join(seen(screen.getvalue())) == "before " + long
    progress.show(long + " {number}", number=2)
    assert " ".join(seen(screen.getvalue())) == "before " + long + " 2"
    progress.show("{number} exchanges", number=2)
    progress.close()
    screen.write("after")
    assert seen(screen.getvalue()) == ["before", "2 exchanges", "after"]


@pytest.mark.parametrize(
    ("done", "total", "drawn"), [(0, 4, "[....]"), (1, 4, "[#...]"), (4, 4, "[####]"), (0, 0, "[....]")]
)
def test_a_bar_is_filled_as_far_as_things_have_come(done: int, total: int, drawn: str) -> None:
    assert bar(done, total, 4) == drawn
