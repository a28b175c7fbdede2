"""The real clock and the real randomness; everything else in this package takes them as parameters."""

import os
import time


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()


def system_entropy(size: int) -> bytes:
    """`size` bytes from the operating system."""
    return os.urandom(size)
