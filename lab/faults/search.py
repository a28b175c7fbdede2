"""Whether a fault has left on a relay's disk what may not be there: a name, a text, an address.

Files are read as they are, a relay's log, journals and database included. Whether takes and shelves are there as well
is looked for where runs end (tests/faults), since it takes longer.
"""

from collections.abc import Mapping
from pathlib import Path

from client_cli.vault.vault import Vault
from lab.faults.setting import Setting

_MARKS = "SELECT key, value FROM meta WHERE key LIKE '%shelf%' OR key LIKE 'schedule%'"


class Found(AssertionError):
    """Something is on a relay's disk that may not be there; the message says what kind of thing, never its bytes."""


def search(setting: Setting) -> None:
    """Look for names, the address of whoever connects, and the newest letters. Found."""
    needles: dict[str, bytes] = {"the loopback address": b"127.0.0.1"}
    for name, ledger in setting.ledgers.items():
        needles[f"the name {name}"] = name.encode()
        needles |= {f"a letter of {name}": text.encode() for text in ledger.written[-1:]}
        needles["a line of a letter"] = "보고 싶은 얼굴".encode()
    for relay in setting.network.relays:
        look(relay.directory, needles)


def search_all(setting: Setting) -> None:
    """Look for everything that identifies anybody: takes and shelves too. Found. Relays should have ended."""
    needles: dict[str, bytes] = {}
    for name, vault in setting.vaults.items():
        needles |= secrets_of(name, vault)
    for relay in setting.network.relays:
        look(relay.directory, needles)
    search(setting)


def secrets_of(name: str, vault: Vault) -> dict[str, bytes]:
    """What would tell that a cell, a shelf or a packet is this person's."""
    with vault.transaction() as tx:
        found = {f"take {n} of {name}": bytes(take) for n, (take,) in enumerate(tx.all("SELECT take FROM expected"))}
        for key, value in tx.all(_MARKS):
            for at in range(max(len(value) - 15, 0)):
                if len(set(piece := bytes(value[at : at + 16]))) > 8:  # not counters and padding
                    found[f"{key} of {name} at {at}"] = piece
    return found


def look(directory: Path, needles: Mapping[str, bytes]) -> None:
    """Search every file of a relay's directory. Found."""
    for path in sorted(directory.iterdir()):
        if path.name == "relay.toml":
            continue  # the operator's own listening address stands there
        data = path.read_bytes()
        found = [what for what, needle in needles.items() if needle in data]
        if found:
            raise Found(f"{path.name} of a relay holds {', '.join(found)}")
