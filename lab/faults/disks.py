"""Disks that take nothing: full, or failing at fsync; at a relay's store and at a client's vault.

`full` lowers the size a running process may write (RLIMIT_FSIZE, any Linux): each write fails as on a full disk.
`failing` lets fsync return an error, by the shim in C where it could be compiled, otherwise by commits that fail. A
real small file system is in `lab.faults.smalldisk`.
"""

import resource
import time
from collections.abc import Callable

from lab.faults.orders import COMMITS, FSYNC
from lab.faults.setting import Setting

FULL_S = 3.0
SILENT_S = 10.0
STORE_FAILED, VAULT_UNWRITABLE = 9, 12
COMMIT_FAILED = "commit_failed"


def full(setting: Setting, who: str, some_s: float = FULL_S) -> str:
    """Nothing more can be written for some seconds; whatever ended by that is started again, as operators do."""
    name = _one(setting, who)
    process = setting.running(name)
    _soft, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, hard))

    def mend() -> None:
        if process.poll() is None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))

    ended = met_and_mended(setting, name, mend, some_s)
    return f"the disk of one {who} full for some seconds{ended}"


def failing(setting: Setting, who: str, some_s: float = FULL_S) -> str:
    """The same, but it is fsync that fails: what was written may or may not be there."""
    name = _one(setting, who)
    what = FSYNC if setting.shim is not None or who == "client" else COMMITS
    setting.orders(name).refuse(what, True)
    ended = met_and_mended(setting, name, lambda: setting.orders(name).refuse(what, False), some_s)
    return f"{'fsync' if what == FSYNC else 'every commit'} of one {who} fails for some seconds{ended}"


def _one(setting: Setting, who: str) -> str:
    return setting.chance.choice(setting.relay_names if who == "relay" else list(setting.members))


def met_and_mended(setting: Setting, name: str, mend: Callable[[], None], some_s: float = FULL_S) -> str:
    """Wait until the process shows its disk's fault and some seconds more, mend it, and start again what has ended;
    words for that. A relay whose log is on that disk may show nothing: it is given `SILENT_S`.
    """
    before, since = setting.said(name).count(COMMIT_FAILED), time.monotonic()
    setting.wait_for(
        f"{name} meets the fault",
        lambda: (
            setting.said(name).count(COMMIT_FAILED) > before
            or setting.running(name).poll() is not None
            or (name in setting.relay_names and time.monotonic() - since > SILENT_S)
        ),
    )
    setting.pause(some_s)
    mend()
    return _take_up(setting, name)


def _take_up(setting: Setting, name: str) -> str:
    """Start it again if it ended, which it must have done with the code for that."""
    code = setting.running(name).poll()
    if code is None:
        return ""
    wanted = STORE_FAILED if name in setting.relay_names else VAULT_UNWRITABLE
    if code != wanted:
        raise AssertionError(f"{name} ended with {code} and not with {wanted}")
    setting.restart(name)
    return f", until it ended by itself (code {code})"
