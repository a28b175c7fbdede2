"""A relay that is gone for good with cells on it: its disk is erased and it never comes back."""

import shutil
import signal
import sqlite3

from lab.faults.setting import Setting
from lab.processes.processes import RelayProcess, environment, relay_command, run_here

GUARDS = ("relay0", "relay1")
WITHOUT_S = 10.0


def for_good(setting: Setting) -> str:
    """The relay that holds the most cells and is no guard. What lay there is sent again elsewhere by those who wrote
    it; after a while the roster maker takes the relay off the roster, and hands the new one to a single relay.
    """
    others = [relay for relay in setting.network.relays if f"relay{_number(setting, relay)}" not in GUARDS]
    setting.wait_for("cells on relays", lambda: all(_cells(relay) for relay in others))
    gone = max(others, key=_cells)
    number, cells = _number(setting, gone), _cells(gone)
    setting.stop(f"relay{number}", signal.SIGKILL)
    setting.network.relays[number] = RelayProcess(gone.directory, gone.port)  # never started again
    for path in gone.directory.iterdir():
        path.unlink()
    setting.write(1)
    setting.pause(WITHOUT_S)
    (setting.network.community / "relays" / f"{number:03}.card").unlink()
    run_here(relay_command("roster", "sign", setting.network.community), env=environment())
    shutil.copyfile(setting.network.community / "roster", setting.network.relays[0].directory / "roster")
    setting.restart("relay0")
    return f"one relay of {len(setting.network.relays)} erased with {cells} cells on it; a roster without it follows"


def _number(setting: Setting, relay: RelayProcess) -> int:
    return setting.network.relays.index(relay)


def _cells(relay: RelayProcess) -> int:
    with sqlite3.connect(f"{(relay.directory / 'relay.db').as_uri()}?mode=ro", uri=True) as store:
        return int(store.execute("SELECT count(*) FROM cells").fetchone()[0])
