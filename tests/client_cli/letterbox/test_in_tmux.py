"""The letter box in a real tmux of 80 by 24: Hangul is drawn, typed and erased there, and no letter gets past it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes.processes import client_command, wait_until
from tests.kits.homes import WORDS
from tests.kits.hostile_texts import CORPUS
from tests.kits.letterboxes import korean_terminal, put_letter, visit_with_letters

TMUX = shutil.which("tmux")
PATIENCE_S = 120.0  # some seconds on an idle machine
HOSTILE = "".join(CORPUS[name] for name in ("escape", "title", "link", "clipboard", "c1", "query"))

pytestmark = pytest.mark.skipif(TMUX is None, reason="tmux is not installed, so the letter box was not shown in it")


class Tmux:
    """A server of its own with one window."""

    def __init__(self, folder: Path, *command: str) -> None:
        assert TMUX is not None
        self._tmux = [TMUX, "-S", os.fspath(folder / "tmux"), "-f", "/dev/null"]
        environ = korean_terminal()
        environ.pop("TMUX", None)
        start = ["-u", "new-session", "-d", "-x", "80", "-y", "24", *command]
        subprocess.run([*self._tmux, *start], env=environ, check=True, timeout=60)

    def ask(self, *command: str) -> str:
        """Run one command of tmux."""
        return subprocess.run(
            [*self._tmux, *command], capture_output=True, encoding="utf-8", check=True, timeout=60
        ).stdout

    def wait_for(self, text: str) -> str:
        """Wait until `text` stands in the window; all that stands there."""
        wait_until(text, lambda: text in self.ask("capture-pane", "-p"), PATIENCE_S)
        return self.ask("capture-pane", "-p")


@pytest.fixture
def tmux(memory_path: Path) -> Iterator[Tmux]:
    visit = visit_with_letters(memory_path)
    put_letter(visit.opened, 1, HOSTILE)
    visit.close()
    made = Tmux(memory_path, *client_command("--home", visit.home))
    try:
        yield made
    finally:
        made.ask("kill-server")


def test_korean_is_read_typed_and_erased_by_syllable(tmux: Tmux) -> None:
    tmux.wait_for("여는 말")
    tmux.ask("send-keys", "-l", WORDS)
    tmux.ask("send-keys", "Enter")
    tmux.wait_for("모두")
    tmux.ask("send-keys", "2")
    assert all(len(line) <= 80 for line in tmux.wait_for("감자를 구워").splitlines())
    title = tmux.ask("display-message", "-p", "#{pane_title} #{window_name}")
    tmux.ask("send-keys", "3")
    tmux.wait_for("> ")
    tmux.ask("send-keys", "-l", "보고 싶어요오")
    tmux.wait_for("싶어요오")
    tmux.ask("send-keys", "BSpace")
    wait_until("the syllable is gone", lambda: "싶어요오" not in tmux.ask("capture-pane", "-p"), PATIENCE_S)
    assert "싶어요" in tmux.ask("capture-pane", "-p")
    tmux.ask("send-keys", "Enter")
    tmux.wait_for("차례를 기다리는 중")
    tmux.ask("send-keys", "2")  # the next letter, which is not a friendly one
    tmux.wait_for("간직할까요")
    tmux.ask("send-keys", "2")
    shown = tmux.wait_for("눌러요")
    assert shown.count("\n") == 24, "it moved nothing"
    assert tmux.ask("display-message", "-p", "#{pane_title} #{window_name}") == title
    assert tmux.ask("list-buffers") == "", "nor the clipboard"
