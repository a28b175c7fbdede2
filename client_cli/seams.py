"""The only places where the client touches the real clock, the real randomness and the environment.

Invariant: everything else in the package takes `now`, `Entropy` and the home directory as parameters (Spec:
docs/protocol.md, Conventions).
"""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

__all__ = ["HOME_VARIABLE", "SystemClock", "forbid_core_dumps", "home_dir", "pause", "system_entropy"]

HOME_VARIABLE = "SOSIK_HOME"
_PR_SET_DUMPABLE = 4  # sys/prctl.h; Python has no name for it


class SystemClock:
    """The machine's clock as Unix seconds."""

    def now(self) -> float:
        """Unix time in seconds."""
        return time.time()


def system_entropy(size: int) -> bytes:
    """Return `size` random bytes of the operating system."""
    return os.urandom(size)


def pause(seconds: float) -> None:
    """Wait; only for commands that watch a file of another process."""
    time.sleep(seconds)


def home_dir(option: str | os.PathLike[str] | None, env: Mapping[str, str]) -> Path:
    """The home of the vault: the option, else SOSIK_HOME, else the platform's data directory for one user."""
    if option is not None:
        return Path(option).expanduser()
    named = env.get(HOME_VARIABLE, "")
    if named:
        return Path(named).expanduser()
    import platformdirs  # late: only needed without option and variable

    return Path(platformdirs.user_data_dir("sosik", appauthor=False))


def forbid_core_dumps() -> None:
    """Let no core file of this process be written, and no other process of the same user read its memory: both would
    hold keys and opened letters. Called first of all; a program started from here begins anew.
    """
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
