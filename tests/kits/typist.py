"""A person who types at a command, without an emulator of the screen."""

import os
import pty
import subprocess
import sys
import termios

from tests.kits.homes import WORDS, Home

__all__ = ["Typist", "in_a_terminal"]


class Typist:
    """Types at a command that runs on a terminal of its own, each time after the words it waits for were shown."""

    def __init__(self, *arguments: str) -> None:
        self.shown = b""
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.environ["LANG"] = "C.UTF-8"
            os.execv(sys.executable, [sys.executable, "-m", "client_cli", *arguments])  # noqa: S606

    def resize(self, rows: int, columns: int) -> None:
        """The window gets another size."""
        termios.tcsetwinsize(self._terminal, (rows, columns))

    def wait_for(self, text: str) -> None:
        """Wait until `text` was shown since the last typing."""
        while text.encode() not in self.shown:
            self.shown += os.read(self._terminal, 4096)

    def type(self, after: str, text: str) -> None:
        """Type `text` once `after` was shown."""
        self.wait_for(after)
        self.shown = b""
        os.write(self._terminal, text.encode())

    def end(self) -> int:
        """Wait for the end; the exit code."""
        try:
            while chunk := os.read(self._terminal, 4096):
                self.shown += chunk
        except OSError:
            pass  # Linux: the other end is closed
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])


def in_a_terminal(home: Home, *arguments: str, typed: str = "", **environment: str) -> str:
    """What a command draws in a window in which a person types, or nobody does."""
    master, slave = pty.openpty()
    reading, writing = os.pipe()
    os.write(writing, (WORDS + "\n").encode())
    os.close(writing)
    process = subprocess.Popen(
        [sys.executable, "-m", "client_cli", *arguments, "--home", home.vault.home, "--words-fd", str(reading)],
        stdin=slave if typed else subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.DEVNULL,
        pass_fds=(reading,),
        env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **environment},
    )
    os.close(slave)
    os.close(reading)
    os.write(master, typed.encode())
    drawn = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        drawn += chunk
    os.close(master)
    assert process.wait(30) == 0, drawn
    return drawn.decode()
