"""How far something has come: one sentence, written over.

Invariant: nothing of the sentence is cut; what it cannot write, it leaves; a full disk under a log stops nothing that
the line tells of. Spec: docs/family.md, Online.
"""

import sys
from contextlib import suppress
from typing import TextIO

from client_cli.terminal import output
from client_cli.terminal.layout import wrap

__all__ = ["ProgressLine", "bar"]


def bar(done: int, total: int, width: int = 30) -> str:
    """A progress bar of `width` columns."""
    filled = width * done // max(total, 1)
    return "[" + "#" * filled + "." * (width - filled) + "]"


class ProgressLine:
    """One sentence that is written over on a terminal, and plain lines, each only once, elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._last = ""
        self._rows = 1  # of the window that the last sentence takes

    def show(self, template: str, **values: object) -> None:
        """Show this sentence instead of the last one."""
        text = output.sentence(template, **values)
        if text == self._last:
            return
        self._last = text
        with suppress(OSError):  # a log on a full disk is no reason to stop what the line tells of
            if output.is_terminal(self._stream):
                rows = wrap(text, output.size()[0] - 1)
                up = f"\x1b[{self._rows - 1}A" if self._rows > 1 else ""
                self._stream.write(f"\r{up}\x1b[J" + "\n".join(rows))
                self._rows = len(rows)
            else:
                self._stream.write(text + "\n")
            self._stream.flush()

    def close(self) -> None:
        """Leave the line as it stands and go on below it."""
        if self._last and output.is_terminal(self._stream):
            self._stream.write("\n")
            self._stream.flush()
        self._last, self._rows = "", 1
