"""A person at a terminal: a command in a pseudo-terminal, with an emulator that says what stands on the screen.

For the tests of the letter box and for its pictures (lab.report.screens).
"""

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Self

import pyte

__all__ = ["COLUMNS", "ROWS", "Terminal"]

COLUMNS, ROWS = 80, 24
PATIENCE_S = 20.0
QUIET_S = 0.4  # a screen that has not changed for so long is finished
DELETE = "\x7f"


class Terminal:
    """One command on a terminal of its own. `presses` counts the keys that were pressed, typed text apart."""

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        *,
        columns: int = COLUMNS,
        rows: int = ROWS,
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self.raw = b""
        self.presses = 0
        self._stream = pyte.Stream(self.screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._child, self._end = pty.fork()
        if self._child == 0:
            for descriptor in pass_fds:
                os.set_inheritable(descriptor, True)
            os.execve(command[0], list(command), dict(environ))  # noqa: S606
        fcntl.ioctl(self._end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def text(self) -> str:
        """What stands on the screen; wide characters once."""
        return "\n".join(
            "".join(self.screen.buffer[row][column].data for column in range(self.screen.columns)).rstrip()
            for row in range(self.screen.lines)
        )

    def _read(self, wait_s: float) -> bool:
        ready, _, _ = select.select([self._end], [], [], wait_s)
        if not ready:
            return False
        try:
            got = os.read(self._end, 65536)
        except OSError:
            return False  # Linux: the other end is closed
        self.raw += got
        self._stream.feed(self._decoder.decode(got))
        return bool(got)

    def wait_for(self, text: str) -> None:
        """Wait until `text` stands on the screen and the screen rests."""
        limit = time.monotonic() + PATIENCE_S
        while text not in self.text:
            if time.monotonic() > limit:
                raise TimeoutError(f"{text!r} is not on the screen:\n{self.text}")
            self._read(0.1)
        while self._read(QUIET_S):
            pass

    def press(self, key: str) -> None:
        """Press one key."""
        self.presses += 1
        os.write(self._end, key.encode())

    def type(self, text: str) -> None:
        """Type a text: what an input method hands over."""
        os.write(self._end, text.encode())

    def wait_end(self) -> int:
        """Wait until the command ends; its exit code."""
        while self._read(PATIENCE_S):
            pass
        child, self._child = self._child, 0
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def kill(self) -> None:
        """End the command if it still runs."""
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
            self._child = 0
        if self._end >= 0:
            os.close(self._end)
            self._end = -1
