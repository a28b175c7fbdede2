"""`sosik online`: it begins only in a community, and says in words how it goes where nobody sees a line."""

import pytest

from client_cli.commands.online import _show
from client_cli.community.joining import Refusal
from client_cli.errors import ExitCode
from client_cli.running.online import OnlineProgress
from client_cli.terminal.progress import ProgressLine
from tests.kits.commandline import CommandLine


def test_without_a_community_nothing_runs(mother: CommandLine) -> None:
    ran = mother("online")
    assert (ran.code, ran.out) == (ExitCode.NOT_JOINED, "")
    assert mother("online", "--lock-after", "-1").code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        (OnlineProgress(3, 0, 3, False, 0.0), "No post box has answered yet"),
        (OnlineProgress(3, 1, 2, False, 0.0), "Post boxes answer."),
        (OnlineProgress(9, 1, 8, False, 0.0, blocked=True), "sosik carry pack FILE"),
        (OnlineProgress(1, 0, 1, False, 0.0, refusal=Refusal.INVITATION), "used by someone already. Stop"),
        (OnlineProgress(9, 0, 9, False, 0.0, blocked=True, refusal=Refusal.ACCESS), "let you in no more"),
    ],
)
def test_a_log_says_only_whether_post_boxes_answer(
    counted: OnlineProgress, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = ProgressLine()
    for _ in range(3):
        _show(progress, counted)
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert not any(character.isdecimal() for character in line)
