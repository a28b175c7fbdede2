"""The real clock and the real randomness; everything else in this package takes them as parameters."""

import os
import sys
import time

_PR_SET_DUMPABLE = 4  # sys/prctl.h; Python has no name for it


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Unix seconds."""
        return time.time()


def system_entropy(size: int) -> bytes:
    """`size` bytes from the operating system."""
    return os.urandom(size)


def forbid_core_dumps() -> None:
    """Let no core file of this process be written, and no other process of the same user read its memory: both would
    hold keys of the relay. Called first of all; a program started from here begins anew.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def raise_open_files(wanted: int) -> int:
    """Let this process have `wanted` descriptors open, or as many as it may; how many that are."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
