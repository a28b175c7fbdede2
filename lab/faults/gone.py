"""A relay that is gone for good with cells on it: its disk is erased and it never comes back."""

import shutil
import signal
import sqlite3

from lab.faults.setting import Setting


def for_good(setting: Setting) -> str:
    """The relay that holds the most cells and is no guard. Who wrote what lay there sends it again elsewhere."""
    guards = {"relay0", "relay1"}
    setting.wait_for("cells on relays", lambda: all(_cells(setting, name) for name in setting.relay_names))
    name = max(set(setting.relay_names) - guards, key=lambda name: _cells(setting, name))
    cells = _cells(setting, name)
    setting.stop(name, signal.SIGKILL)
    directory = setting.process(name).directory  # type: ignore[union-attr]
    shutil.rmtree(directory)
    directory.mkdir()
    setting.write(1)
    return f"one relay of {len(setting.relay_names)} erased with {cells} cells on it, for good"


def _cells(setting: Setting, name: str) -> int:
    directory = setting.process(name).directory  # type: ignore[union-attr]
    with sqlite3.connect(f"{(directory / 'relay.db').as_uri()}?mode=ro", uri=True) as store:
        return int(store.execute("SELECT count(*) FROM cells").fetchone()[0])
